/// The parties that may enrol a delegate over the API.
package enum RegistrationMode: String, CaseIterable, Sendable {
    /// The operator only.
    case closed
    /// The holders of registration tokens.
    case token
    /// Everybody.
    case open
}
