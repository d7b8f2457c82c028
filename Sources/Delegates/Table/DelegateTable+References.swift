import DNS

extension DelegateTable {
    /// A delegate in 32 bits, for other tables. It stays valid as long as this table: delegates are never removed, not even deleted ones.
    struct Reference: Hashable, Sendable {
        let entry: UInt32
    }

    /// - Returns: `nil` if the table has no such delegate.
    func reference(to name: DomainName, in origin: Origin) -> Reference? {
        name.withFirstLabel { entries.findEntry($0, in: origin) }.map { Reference(entry: UInt32($0)) }
    }

    /// The first label of a delegate, in lower case, and the name below which it is.
    func label(of reference: Reference) -> (label: [UInt8], origin: Origin) {
        let entry = entries.entry(at: Int(reference.entry))
        return (entries.label(of: entry), entry.origin)
    }
}
