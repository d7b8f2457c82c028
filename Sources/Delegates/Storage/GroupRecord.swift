/// One credential for several delegates.
package struct GroupRecord: Hashable, Sendable {
    package var label: OperatorLabel
    package var created: Timestamp
    package var memberCount: Int
    package var credentialCount: Int

    /// So many delegates a group has at most.
    package static let maximumMembers = 1_000

    package init(label: OperatorLabel, created: Timestamp, memberCount: Int, credentialCount: Int) {
        self.label = label
        self.created = created
        self.memberCount = memberCount
        self.credentialCount = credentialCount
    }
}
