import Authority
package import DNS
package import Delegates
package import Foundation
import Logging

/// A query with its client and its response, but never the values themselves.
package struct QueryEvent: Sendable {
    package var time: Date
    package var address: IPAddress
    package var transport: String
    /// `nil` if the query had no readable question.
    package var question: Question?
    package var responseCode: ResponseCode
    package var isTruncated: Bool
    package var answerCount: Int
    /// In octets.
    package var length: Int
    /// The number of events lost so far because they were not taken in time.
    package var lost = 0

    /// - Returns: `nil` if these octets are not a response.
    init?(response: [UInt8], address: IPAddress, transport: Transport) {
        guard let message = try? Message(response) else { return nil }
        time = Date()
        self.address = address
        self.transport =
            switch transport {
            case .udp: "udp"
            case .tcp: "tcp"
            case .tls: "tls"
            }
        question = message.questions.count == 1 ? message.questions[0] : nil
        responseCode = message.responseCode
        isTruncated = message.header.flags.contains(.truncated)
        answerCount = message.answers.count
        length = response.count
    }

    var metadata: Logger.Metadata {
        [
            "peer.address": "\(address)", "dns.transport": "\(transport)",
            "dns.name": "\(question.map { $0.name.description } ?? "-")",
            "dns.type": "\(question.map { $0.type.description } ?? "-")",
            "dns.rcode": "\(responseCode)", "dns.truncated": "\(isTruncated)", "dns.answers": "\(answerCount)",
            "dns.octets": "\(length)",
        ]
    }
}
