import Logging
import PrometheusMetrics
import ServiceLifecycle
import Sockets

/// The certificates of the doors that speak TLS.
struct DoorCertificates: Sendable {
    private let identities: [TLSDoor: TLSIdentity]
    /// Those of doors whose certificate comes from files.
    private let reloading: [TLSDoor: CertificateReloading]
    /// The doors that show the certificate that the server obtains.
    private let acme: [TLSDoor]

    /// - Parameter own: what doors show that have no certificate from files; there are none if it is `nil`.
    /// - Throws: `CertificateFiles.Failure`, which names the file.
    init(_ configuration: Configuration, own: ServerCertificate?, logger: Logger) throws(CertificateFiles.Failure) {
        let loaded = try configuration.certificates()
        let acme = TLSDoor.allCases.filter { configuration.certificate(of: $0) == .acme }
        var identities: [TLSDoor: TLSIdentity] = [:]
        for (door, loaded) in loaded { identities[door] = TLSIdentity(loaded.certificate, for: door.application) }
        if let own {
            for door in acme { identities[door] = TLSIdentity(own, for: door.application) }
        }
        var reloading: [TLSDoor: CertificateReloading] = [:]
        for (door, loaded) in loaded {
            reloading[door] = identities[door].map { CertificateReloading(loaded, for: $0, logger: logger) }
        }
        self.identities = identities
        self.reloading = reloading
        self.acme = acme
    }

    /// - Returns: `nil` if the door does not speak TLS.
    func identity(of door: TLSDoor) -> TLSIdentity? { identities[door] }

    /// What must run so that changed files count.
    var services: [any Service] { reloading.values.map { $0 as any Service } }

    /// Shows other certificates from files from now on. Doors do not begin or cease to speak TLS while the server runs.
    func replace(by loaded: [TLSDoor: CertificateFiles.Loaded]) {
        for (door, loaded) in loaded { reloading[door]?.replace(by: loaded) }
    }

    /// Shows another certificate that the server has obtained.
    func show(_ own: ServerCertificate) {
        for door in acme { identities[door]?.replace(by: own) }
    }

    func write(to exposition: inout Exposition) {
        guard !identities.isEmpty else { return }
        exposition.write(
            .gauge, "nuncio_tls_certificate_expiry_timestamp_seconds", "When the certificate that a door shows expires.",
            TLSDoor.allCases.compactMap { door in
                identity(of: door).map { ([("door", door.rawValue)], Double($0.certificate.expiry)) }
            })
    }
}
