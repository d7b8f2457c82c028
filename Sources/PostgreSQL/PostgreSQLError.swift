/// Why PostgreSQL did not do what it was asked, in words for the operator.
package struct PostgreSQLError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
    /// The code of five characters (PostgreSQL's documentation, appendix A); `nil` if the server has not said anything.
    package let state: String?
    /// The name of the constraint that a row would have broken.
    package let constraint: String?
    /// Whether the connection cannot be used any more.
    package let isDisconnected: Bool

    package init(_ description: String, state: String? = nil, constraint: String? = nil, isDisconnected: Bool = false) {
        self.description = description
        self.state = state
        self.constraint = constraint
        self.isDisconnected = isDisconnected
    }

    /// Whether this is a server that only reads: a standby, or a primary that a failover has demoted. The connection must go to another.
    package var isReadOnlyServer: Bool { state == "25006" }

    /// Whether another transaction holds what this one waited for.
    package var isLockTimeout: Bool { state == "55P03" }
}
