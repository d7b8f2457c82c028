package import DNS

/// What the storage knows of a delegate, deleted or not.
package struct DelegateRecord: Hashable, Sendable {
    package var name: DomainName
    package var enrolled: Timestamp
    /// When a value was published there for the first time.
    package var firstPublished: Timestamp?
    package var disabled: Timestamp?
    package var deleted: Timestamp?
    /// The token whose holder can take the delegate over.
    package var preparedFor: OperatorLabel?
    /// The number of its own credentials.
    package var credentialCount: Int
    /// The latest use of any of them.
    package var lastUsed: Timestamp?

    package init(
        name: DomainName, enrolled: Timestamp, firstPublished: Timestamp? = nil, disabled: Timestamp? = nil,
        deleted: Timestamp? = nil, preparedFor: OperatorLabel? = nil, credentialCount: Int = 0, lastUsed: Timestamp? = nil
    ) {
        self.name = name
        self.enrolled = enrolled
        self.firstPublished = firstPublished
        self.disabled = disabled
        self.deleted = deleted
        self.preparedFor = preparedFor
        self.credentialCount = credentialCount
        self.lastUsed = lastUsed
    }

    package enum State: String, CaseIterable, Sendable {
        /// The delegate has no key of its own yet, and nothing was published.
        case prepared
        /// Nothing was ever published.
        case unused
        case active
        case disabled
        /// A tombstone: the name is never given out again.
        case deleted
    }

    package var state: State {
        if deleted != nil { return .deleted }
        if disabled != nil { return .disabled }
        if firstPublished != nil { return .active }
        return credentialCount == 0 ? .prepared : .unused
    }
}
