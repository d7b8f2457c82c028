import Authority
import DNS
import Delegates
import Sockets

/// A door that can speak TLS, by the label that metrics have for it.
enum TLSDoor: String, CaseIterable, Sendable {
    case dns
    case http
    case `operator`

    var application: ApplicationProtocol {
        switch self {
        case .dns: .dns
        case .http, .operator: .http
        }
    }
}

extension Configuration {
    /// Where a door's certificate comes from; `nil` if the door does not speak TLS.
    func certificate(of door: TLSDoor) -> CertificateSource? {
        switch door {
        case .dns: nameserver.tls?.certificate
        case .http: webserver.certificate
        case .operator: operatorAccess.certificate
        }
    }

    /// Reads the certificates and keys of all doors that have theirs from files.
    ///
    /// - Throws: `CertificateFiles.Failure`, which names the file.
    func certificates() throws(CertificateFiles.Failure) -> [TLSDoor: CertificateFiles.Loaded] {
        var loaded: [TLSDoor: CertificateFiles.Loaded] = [:]
        for door in TLSDoor.allCases {
            if case .files(let files)? = certificate(of: door) { loaded[door] = try files.load() }
        }
        return loaded
    }

    /// The names of the certificate that the server obtains for itself, without final dots; `nil` if it obtains none.
    package var certificateNames: [String]? { acme?.delegates.map(\.host.withoutFinalDot) }

    /// The records that lead from names of the server's own certificate to their delegates, in presentation form, as far as this server does
    /// not have them in its own zones.
    package var challengeRecordsElsewhere: [String] { challengesElsewhere.map(\.record) }

    /// The delegates with these records.
    var challengesElsewhere: [(delegate: OwnDelegate, record: String)] {
        (acme?.delegates ?? []).compactMap { delegate in
            guard let owner = delegate.challengeName else { return nil }
            let isHere = zones.all.contains { $0.rrset(at: owner, type: .cname) != nil }
            return isHere ? nil : (delegate, "\(owner) 3600 IN CNAME \(delegate.name)")
        }
    }

    /// Why a server would not start with its certificates or keys, as this user reads them; `nil` if it would.
    package var certificateProblem: String? {
        do {
            _ = try certificates()
            return nil
        } catch {
            return error.description
        }
    }
}

extension Configuration.CertificateSource {
    var mode: TLSMode {
        switch self {
        case .files: .files
        case .acme: .acme
        }
    }
}
