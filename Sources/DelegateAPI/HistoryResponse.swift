/// The response to `GET history`, and to `GET audit` of the operator's API.
package struct HistoryResponse: Codable, Hashable, Sendable {
    /// The newest first.
    package var events: [HistoryEvent]

    package init(events: [HistoryEvent]) {
        self.events = events
    }
}

/// Something that happened to a delegate.
package struct HistoryEvent: Codable, Hashable, Sendable {
    package var number: UInt64
    package var time: String
    package var event: String
    package var actor: String
    package var from: String?
    /// The delegate's name without the final dot; only in responses about several delegates.
    package var delegate: String?
    package var detail: String?

    package init(
        number: UInt64, time: String, event: String, actor: String, from: String?, delegate: String?, detail: String?
    ) {
        self.number = number
        self.time = time
        self.event = event
        self.actor = actor
        self.from = from
        self.delegate = delegate
        self.detail = detail
    }
}
