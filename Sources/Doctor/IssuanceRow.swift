/// Whether an authority may issue, as CAA records have it.
package struct IssuanceRow: Hashable, Sendable {
    /// The authority's CAA identity.
    package var authority: String
    /// The account's URI, or “other” for all accounts that are not ours.
    package var account: String
    package var method: String
    package var isWildcard: Bool
    package var isAllowed: Bool
    package var because: String
}
