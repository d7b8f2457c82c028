/// What an operator asks for at a zone's keys.
package enum KeyChange: Hashable, Sendable {
    /// To replace the key of a role; `nil` means the key whose DS the parent has.
    case replace(ZoneKeys.Role?)
    /// To replace all keys with keys of another algorithm.
    case replaceAll(SigningAlgorithm)
    /// To reverse the change that is under way.
    case cancel
    /// To go on: the operator has seen that the parent zone has what the stage waits for.
    case confirm
}
