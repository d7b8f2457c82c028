import Sockets

/// Whether a door speaks TLS, and where its certificate comes from.
enum TLSMode: String, CaseIterable {
    case off
    case files
    case acme
}

extension ConfigurationReader {
    /// - Returns: `nil` if the door does not speak TLS.
    mutating func certificate(_ keys: ConfigurationKey.TLSKeys) -> Configuration.CertificateSource? {
        let mode = choice(keys.mode, default: TLSMode.off)
        switch mode {
        case .off, .acme:
            for key in [keys.certificate, keys.key] {
                guard let entry = entries[key] else { continue }
                report("“\(key.name)” has no effect unless “\(keys.mode.name)” is files", at: entry.origin)
            }
            return mode == .acme ? .acme : nil
        case .files:
            return files(keys.certificate, keys.key).map { .files($0) }
        }
    }

    /// DNS over TLS.
    ///
    /// - Parameter other: the certificate if the name server has none of its own.
    mutating func tls(default other: Configuration.CertificateSource?) -> Configuration.TLS? {
        guard let entry = entries[.tlsListen], !entry.values.isEmpty else { return nil }
        let listen = endpoints(.tlsListen, default: [])
        if entries[.tlsCertificate] == nil, entries[.tlsKey] == nil, let other {
            return Configuration.TLS(listen: listen, certificate: other)
        }
        guard let certificate = files(.tlsCertificate, .tlsKey) else { return nil }
        return Configuration.TLS(listen: listen, certificate: .files(certificate))
    }

    private mutating func files(_ certificate: ConfigurationKey, _ key: ConfigurationKey) -> CertificateFiles? {
        guard let certificatePath = text(certificate, default: nil), let keyPath = text(key, default: nil) else { return nil }
        return CertificateFiles(certificatePath: certificatePath, keyPath: keyPath)
    }
}
