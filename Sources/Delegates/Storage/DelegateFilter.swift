package import DNS

/// The delegates that an operator wants to see.
package struct DelegateFilter: Hashable, Sendable {
    package var state: DelegateRecord.State?
    /// A part of the name, or of the label of one of the keys, in any case.
    package var text: String?

    package init(state: DelegateRecord.State? = nil, text: String? = nil) {
        self.state = state
        self.text = text
    }

    /// - Parameter labels: reads the labels of the delegate's own keys; called only if they decide.
    package func includes<Failure>(
        _ record: DelegateRecord, labels: () throws(Failure) -> [String]
    ) throws(Failure) -> Bool {
        if let state, record.state != state { return false }
        guard let text = text?.lowercased() else { return true }
        if record.name.lowercased.withoutFinalDot.contains(text) { return true }
        return try labels().contains { $0.lowercased().contains(text) }
    }
}

/// A page of delegates, and where the next one begins.
package struct DelegatePage: Hashable, Sendable {
    package var records: [DelegateRecord]
    /// The last delegate that was looked at, after which the next page begins; `nil` if there are no more.
    package var next: DomainName?

    package init(records: [DelegateRecord], next: DomainName?) {
        self.records = records
        self.next = next
    }
}
