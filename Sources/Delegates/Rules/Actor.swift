/// Whoever makes a change.
package struct Actor: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Somebody of whom nothing is known.
        case visitor
        case credential(UniqueID)
        /// Somebody who has a registration token.
        case token(OperatorLabel)
        case `operator`
        /// This server by itself.
        case server
    }

    package var kind: Kind
    /// Nothing if it cannot be known.
    package var address: IPAddress?

    package init(_ kind: Kind, from address: IPAddress?) {
        self.kind = kind
        self.address = address
    }
}
