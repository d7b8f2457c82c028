/// The party that makes a change.
package struct Actor: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// A client of which nothing is known.
        case visitor
        case credential(UniqueID)
        /// The holder of a registration token.
        case token(OperatorLabel)
        case `operator`
        /// This server itself.
        case server
    }

    package var kind: Kind
    /// `nil` if it is unknown.
    package var address: IPAddress?

    package init(_ kind: Kind, from address: IPAddress?) {
        self.kind = kind
        self.address = address
    }
}
