extension RelevantSet {
    /// The accounts that the records name in `accounturi`, as they are written.
    package var namedAccounts: Set<String> {
        Set(
            records.compactMap(CAARecord.init).filter { ["issue", "issuewild"].contains($0.property) }
                .compactMap { CAAProperty($0.value) }.flatMap { $0.values(of: "accounturi") })
    }
}
