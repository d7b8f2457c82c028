import ArgumentParser
import Delegates

/// The domain of a certificate, as an option names it: a host name without `*.` and without `_acme-challenge.`, which the challenges of
/// the domain and its wildcard share.
enum CertificateDomain {
    /// - Returns: the name as clients look it up, in lower case and without a final dot.
    /// - Throws: `ValidationError` that says what the text is instead.
    static func name(_ text: String) throws -> String {
        do {
            return try DeclaredDomain(text).description
        } catch {
            throw ValidationError(error.explanation.text ?? "“\(text)” is not a domain")
        }
    }
}
