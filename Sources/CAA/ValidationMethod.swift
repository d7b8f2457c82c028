/// A method by which an authority validates that an applicant controls a name: the ones that Let's Encrypt knows in `validationmethods`
/// (RFC 8657 section 4).
package enum ValidationMethod: String, CaseIterable, Sendable {
    case http01 = "http-01"
    case dns01 = "dns-01"
    case tlsALPN01 = "tls-alpn-01"
    case dnsAccount01 = "dns-account-01"
    case dnsPersist01 = "dns-persist-01"

    /// Whether certificates for wildcards can be had with it: only with those that look into the DNS.
    package var isForWildcards: Bool {
        switch self {
        case .dns01, .dnsAccount01, .dnsPersist01: true
        case .http01, .tlsALPN01: false
        }
    }
}
