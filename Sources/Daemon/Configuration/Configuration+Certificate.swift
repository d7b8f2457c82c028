import Nameserver

extension Configuration {
    /// Reads the certificate and the key of DNS over TLS.
    ///
    /// - Returns: `nil` if there is none.
    /// - Throws: `TLSIdentity.Failure`, which names the file.
    func certificate() throws(TLSIdentity.Failure) -> TLSIdentity.Loaded? {
        guard let tls = nameserver.tls else { return nil }
        return try TLSIdentity.load(certificatePath: tls.certificatePath, keyPath: tls.keyPath)
    }

    /// Why a server would not start with its certificate or key, as this user reads them; `nil` if it would.
    package var certificateProblem: String? {
        do {
            _ = try certificate()
            return nil
        } catch {
            return error.description
        }
    }
}
