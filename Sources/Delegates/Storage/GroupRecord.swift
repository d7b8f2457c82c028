/// A group of delegates, at each of which its credentials can publish.
package struct GroupRecord: Hashable, Sendable {
    package var label: OperatorLabel
    package var created: Timestamp
    package var memberCount: Int
    package var credentialCount: Int

    /// The number of delegates that a group may have.
    package static let maximumMembers = 1_000

    package init(label: OperatorLabel, created: Timestamp, memberCount: Int, credentialCount: Int) {
        self.label = label
        self.created = created
        self.memberCount = memberCount
        self.credentialCount = credentialCount
    }
}
