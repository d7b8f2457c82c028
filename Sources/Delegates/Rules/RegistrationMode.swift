/// Who may enrol a delegate over the API.
package enum RegistrationMode: String, CaseIterable, Sendable {
    /// The operator only.
    case closed
    /// Whoever has a registration token.
    case token
    /// Everybody.
    case open
}
