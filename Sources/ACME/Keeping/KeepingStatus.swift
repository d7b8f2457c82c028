package import FoundationEssentials

/// How a certificate stands.
package struct KeepingStatus: Hashable, Sendable {
    package enum State: String, Hashable, Sendable {
        /// There is a certificate that can be used for all names.
        case valid
        /// There is none, and no attempt has failed.
        case pending
        /// There is none, and the last attempt has failed.
        case failed
    }

    package var names: [String]
    package var state: State
    /// When the certificate ends; `nil` if there is none.
    package var notAfter: Date?
    /// When an authority is asked next for a certificate; `nil` while it is being asked.
    package var nextAttempt: Date?
    /// Why the last attempt failed; `nil` if it did not. A certificate can be valid nevertheless.
    package var lastProblem: String?
}
