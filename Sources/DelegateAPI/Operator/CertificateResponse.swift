/// The response to `GET certificate`: how the certificate stands that the server obtains for itself.
package struct CertificateResponse: Codable, Hashable, Sendable {
    /// The names that it is for.
    package var names: [String]
    package var state: State
    /// When the certificate that is shown expires; `nil` if there is none yet.
    package var notAfter: String?
    /// When the server next tries to obtain one; `nil` while it does not.
    package var nextAttempt: String?
    /// Why the last attempt failed; `nil` if it did not.
    package var lastProblem: String?
    package var challenges: [Challenge]

    package enum State: String, Codable, CaseIterable, Sendable {
        /// The certificate is valid, and the last attempt to renew it, if there was one, has not failed.
        case valid
        /// There is no certificate yet, and the server is about to obtain one.
        case pending
        /// The last attempt failed. A certificate that is still valid is shown all the same.
        case failed
    }

    /// The record that a name of the certificate needs.
    package struct Challenge: Codable, Hashable, Sendable {
        /// The owner of the record, without a final dot.
        package var name: String
        /// What its CNAME must lead to, without a final dot.
        package var cname: String
        /// Whether resolvers see it; `nil` if no resolver could tell.
        package var present: Bool?

        package init(name: String, cname: String, present: Bool?) {
            self.name = name
            self.cname = cname
            self.present = present
        }
    }

    package init(
        names: [String], state: State, notAfter: String?, nextAttempt: String?, lastProblem: String?, challenges: [Challenge]
    ) {
        self.names = names
        self.state = state
        self.notAfter = notAfter
        self.nextAttempt = nextAttempt
        self.lastProblem = lastProblem
        self.challenges = challenges
    }
}
