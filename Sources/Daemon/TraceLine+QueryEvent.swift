import DNS
import DelegateAPI
import Foundation
import Nameserver

extension TraceLine {
    init(_ event: QueryEvent) {
        self.init(
            time: event.time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)), address: "\(event.address)",
            transport: event.transport, name: event.question?.name.description ?? "-",
            type: event.question.map { "\($0.type)" } ?? "-", rcode: "\(event.responseCode)", answers: event.answerCount,
            octets: event.length, truncated: event.isTruncated, lost: event.lost)
    }
}
