import DNS

/// Groups and their members in memory.
struct HeldGroups: Sendable {
    /// The number of each group. A group that is made again under the same label has another number.
    private var numbers: [OperatorLabel: UInt32] = [:]
    private var groups: [UInt32: Group] = [:]
    private var nextNumber: UInt32 = 0

    struct Group {
        let label: OperatorLabel
        fileprivate var members: Set<DelegateTable.Reference> = []
        /// The names below which there are or were members.
        fileprivate var parents: Set<DomainName> = []
    }

    func number(of label: OperatorLabel) -> UInt32? { numbers[label] }

    /// - Returns: `nil` if the group was deleted.
    func label(of number: UInt32) -> OperatorLabel? { groups[number]?.label }

    mutating func make(_ label: OperatorLabel) {
        numbers[label] = nextNumber
        groups[nextNumber] = Group(label: label)
        nextNumber += 1
    }

    mutating func delete(_ label: OperatorLabel) {
        if let number = numbers.removeValue(forKey: label) { groups[number] = nil }
    }

    mutating func add(_ member: DelegateTable.Reference, below parent: DomainName, to label: OperatorLabel) {
        guard let number = numbers[label] else { return }
        groups[number]?.members.insert(member)
        groups[number]?.parents.insert(parent)
    }

    mutating func remove(_ member: DelegateTable.Reference, from label: OperatorLabel) {
        if let number = numbers[label] { groups[number]?.members.remove(member) }
    }

    mutating func remove(_ members: Set<DelegateTable.Reference>) {
        for number in groups.keys { groups[number]?.members.subtract(members) }
    }

    /// The member with that first label, in any case; `nil` if there is none.
    func member(
        _ label: String, of group: OperatorLabel, _ reference: (DomainName) -> DelegateTable.Reference?
    ) -> DomainName? {
        guard let group = numbers[group].flatMap({ groups[$0] }) else { return nil }
        for parent in group.parents {
            guard let name = parent.prepending(label: Array(label.utf8))?.lowercased, let reference = reference(name),
                group.members.contains(reference)
            else { continue }
            return name
        }
        return nil
    }
}
