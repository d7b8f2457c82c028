import DNS
import Foundation
import Nameserver

/// What a follower sees of one query.
package struct TraceLine: Codable, Sendable {
    package var time: String
    package var address: String
    package var transport: String
    package var name: String
    package var type: String
    package var rcode: String
    package var answers: Int
    package var octets: Int
    package var truncated: Bool
    /// Events that this follower was too slow for, so far.
    package var lost: Int

    init(_ event: QueryEvent) {
        time = event.time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        address = "\(event.address)"
        transport = event.transport
        name = event.question?.name.description ?? "-"
        type = event.question.map { "\($0.type)" } ?? "-"
        rcode = "\(event.responseCode)"
        answers = event.answerCount
        octets = event.length
        truncated = event.isTruncated
        lost = event.lost
    }
}
