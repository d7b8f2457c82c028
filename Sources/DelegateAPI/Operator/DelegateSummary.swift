/// A delegate as the operator sees it in a list. Times are in UTC, in the format of RFC 3339.
package struct DelegateSummary: Codable, Hashable, Sendable {
    /// Without the final dot.
    package var name: String
    /// `prepared`, `unused`, `active`, `disabled` or `deleted`.
    package var state: String
    package var keys: Int
    package var enrolled: String
    package var firstPublished: String?
    package var lastUsed: String?
    package var disabled: String?
    package var deleted: String?
    /// The label of the registration token whose holder can take the delegate over.
    package var preparedFor: String?
    /// The delegate's keys; `nil` unless the request asked for them.
    package var keyList: [KeyDescription]?
    /// The domains that the delegate is for; `nil` unless the request asked for them.
    package var domainList: [DomainDescription]?

    package init(
        name: String, state: String, keys: Int, enrolled: String, firstPublished: String?, lastUsed: String?, disabled: String?,
        deleted: String?, preparedFor: String?, keyList: [KeyDescription]? = nil, domainList: [DomainDescription]? = nil
    ) {
        self.name = name
        self.state = state
        self.keys = keys
        self.enrolled = enrolled
        self.firstPublished = firstPublished
        self.lastUsed = lastUsed
        self.disabled = disabled
        self.deleted = deleted
        self.preparedFor = preparedFor
        self.keyList = keyList
        self.domainList = domainList
    }
}

/// The response to `GET delegates` of the operator's API.
package struct DelegatePageResponse: Codable, Hashable, Sendable {
    /// In the order of their names.
    package var delegates: [DelegateSummary]
    /// The value of `after` for the next page; `nil` on the last page.
    package var next: String?

    package init(delegates: [DelegateSummary], next: String?) {
        self.delegates = delegates
        self.next = next
    }
}
