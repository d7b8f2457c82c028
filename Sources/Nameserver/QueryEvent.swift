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
        let message = response.span
        var position = Header.length
        guard let header = try? Header(of: message) else { return nil }
        question = header.questionCount == 1 ? try? Question(of: message, at: &position) : nil
        time = Date()
        self.address = address
        self.transport =
            switch transport {
            case .udp: "udp"
            case .tcp: "tcp"
            case .tls: "tls"
            }
        let upper = UInt16(Self.edns(of: message, header: header, from: position)?.extendedResponseCode ?? 0)
        responseCode = ResponseCode(rawValue: upper << 4 | header.flags.responseCode.rawValue)
        isTruncated = header.flags.contains(.truncated)
        answerCount = Int(header.answerCount)
        length = response.count
    }

    /// The response's OPT record, which has the upper bits of the code.
    private static func edns(of message: Span<UInt8>, header: Header, from start: Int) -> EDNS? {
        var position = start
        for _ in 0..<Int(header.answerCount) + Int(header.authorityCount) + Int(header.additionalCount) {
            guard (try? message.skipName(at: &position)) != nil, let type = try? message.readUInt16(at: &position) else {
                return nil
            }
            if type == RecordType.opt.rawValue { return try? EDNS(ofRecord: message, at: &position) }
            guard (try? message.skip(6, at: &position)) != nil, let length = try? message.readUInt16(at: &position),
                (try? message.skip(Int(length), at: &position)) != nil
            else { return nil }
        }
        return nil
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
