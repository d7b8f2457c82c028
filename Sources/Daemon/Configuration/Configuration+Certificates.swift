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
    func certificate(of door: TLSDoor) -> CertificateFiles? {
        switch door {
        case .dns: nameserver.tls?.certificate
        case .http: webserver.certificate
        case .operator: operatorAccess.certificate
        }
    }

    /// Reads the certificates and keys of all doors that speak TLS.
    ///
    /// - Throws: `CertificateFiles.Failure`, which names the file.
    func certificates() throws(CertificateFiles.Failure) -> [TLSDoor: CertificateFiles.Loaded] {
        var loaded: [TLSDoor: CertificateFiles.Loaded] = [:]
        for door in TLSDoor.allCases { loaded[door] = try certificate(of: door)?.load() }
        return loaded
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
