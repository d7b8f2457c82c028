import Authority
package import DNS
package import Delegates
import Logging

/// Who asked what, and what they got. Never the values themselves.
package struct QueryEvent: Sendable {
    package var address: IPAddress
    package var transport: String
    package var question: Question
    package var responseCode: ResponseCode
    package var isTruncated: Bool
    package var answerCount: Int
    /// In octets.
    package var length: Int

    /// - Returns: nothing if the response has no question.
    init?(response: [UInt8], address: IPAddress, transport: Transport) {
        let message = response.span
        var position = Header.length
        guard let header = try? Header(of: message), header.questionCount == 1,
            let question = try? Question(of: message, at: &position)
        else { return nil }
        self.address = address
        self.transport =
            switch transport {
            case .udp: "udp"
            case .tcp: "tcp"
            case .tls: "tls"
            }
        self.question = question
        responseCode = header.flags.responseCode
        isTruncated = header.flags.contains(.truncated)
        answerCount = Int(header.answerCount)
        length = response.count
    }

    var metadata: Logger.Metadata {
        [
            "peer.address": "\(address)", "dns.transport": "\(transport)", "dns.name": "\(question.name)",
            "dns.type": "\(question.type)", "dns.rcode": "\(responseCode)", "dns.truncated": "\(isTruncated)",
            "dns.answers": "\(answerCount)", "dns.octets": "\(length)",
        ]
    }
}
