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

    package func includes(_ record: DelegateRecord, labels: [String]) -> Bool {
        if let state, record.state != state { return false }
        guard let text = text?.lowercased() else { return true }
        return record.name.lowercased.withoutFinalDot.contains(text) || labels.contains { $0.lowercased().contains(text) }
    }
}

/// A page of delegates, and where the next one begins.
package struct DelegatePage: Hashable, Sendable {
    package var records: [DelegateRecord]
    /// The last delegate that was looked at; `nil` if there are no more.
    package var next: DomainName?

    package init(records: [DelegateRecord], next: DomainName?) {
        self.records = records
        self.next = next
    }
}
