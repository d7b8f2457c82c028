/// How a message came, as far as the response depends on it.
package enum Transport: Hashable, Sendable {
    case udp
    case tcp
}
