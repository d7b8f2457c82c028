package import DNSSEC

/// Why a zone's keys do not change as an operator asked.
package enum KeyChangeRefusal: Error, Hashable, Sendable {
    case noSuchZone
    /// The zone never had keys.
    case hasNoKeys
    /// The stage of the keys does not allow the change.
    case notNow(ZoneKeys.Refusal)
    /// The operator said that the parent has what the stage waits for, and resolvers see something else.
    case contradicted(ParentContradiction)
    case keyFolder(KeyFolder.Failure)
}
