/// The transport of a message, as far as the response depends on it.
package enum Transport: Hashable, Sendable {
    case udp
    case tcp
    /// DNS over TLS (RFC 7858).
    case tls
}
