import Logging
import PrometheusMetrics
import Sockets

/// The certificates of the doors that speak TLS.
struct DoorCertificates: Sendable {
    private let doors: [TLSDoor: (identity: TLSIdentity, reloading: CertificateReloading)]

    /// - Throws: `CertificateFiles.Failure`, which names the file.
    init(_ configuration: Configuration, logger: Logger) throws(CertificateFiles.Failure) {
        var doors: [TLSDoor: (TLSIdentity, CertificateReloading)] = [:]
        for (door, loaded) in try configuration.certificates() {
            let identity = TLSIdentity(loaded.certificate, for: door.application)
            doors[door] = (identity, CertificateReloading(loaded, for: identity, logger: logger))
        }
        self.doors = doors
    }

    /// - Returns: `nil` if the door does not speak TLS.
    func identity(of door: TLSDoor) -> TLSIdentity? { doors[door]?.identity }

    /// What must run so that changed files count.
    var services: [CertificateReloading] { doors.values.map(\.reloading) }

    /// Shows other certificates from now on. Doors do not begin or cease to speak TLS while the server runs.
    func replace(by loaded: [TLSDoor: CertificateFiles.Loaded]) {
        for (door, loaded) in loaded { doors[door]?.reloading.replace(by: loaded) }
    }

    func write(to exposition: inout Exposition) {
        guard !doors.isEmpty else { return }
        exposition.write(
            .gauge, "nuncio_tls_certificate_expiry_timestamp_seconds", "When the certificate of a door expires.",
            TLSDoor.allCases.compactMap { door in
                identity(of: door).map { ([("door", door.rawValue)], Double($0.certificate.expiry)) }
            })
    }
}
