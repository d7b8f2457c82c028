/// The owner and the type of an RRset.
package struct RRsetKey: Hashable, Sendable {
    package var owner: DomainName
    package var type: RecordType

    package init(_ owner: DomainName, _ type: RecordType) {
        self.owner = owner
        self.type = type
    }
}

extension Message {
    /// The data of a section's records of class IN, by owner and type. Data whose names cannot be read are left out.
    package func sets(_ section: KeyPath<Message, [Record]>) -> [RRsetKey: [RecordData]] {
        var sets: [RRsetKey: [RecordData]] = [:]
        for record in self[keyPath: section] where record.class == .in {
            if let data = try? data(of: record) { sets[RRsetKey(record.owner, record.type), default: []].append(data) }
        }
        return sets
    }
}
