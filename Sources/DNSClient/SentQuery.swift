package import DNS

/// A query as it is sent once, which tells its response from all else that comes.
package struct SentQuery: Sendable {
    package let question: Question
    package let octets: [UInt8]
    private let identifier: UInt16
    private let isCaseChecked: Bool

    /// - Parameter identifier: random, so that nobody can answer who does not see the query (RFC 5452 section 9.2). So is the port, which
    ///   the system chooses for each socket.
    package init(_ query: OutgoingQuery, identifier: UInt16 = .random(in: .min ... .max)) {
        var query = query
        // Over TCP only a host that sees the query can answer at all.
        isCaseChecked = query.isInRandomCase && query.transport == .udp
        if query.isInRandomCase {
            var generator = SystemRandomNumberGenerator()
            query.question.name = query.question.name.inRandomCase(using: &generator)
        }
        question = query.question
        self.identifier = identifier
        octets = query.octets(identifier: identifier)
    }

    /// Reads a message as the response to this query.
    ///
    /// - Throws: ``ResponseMismatch`` if it is not the response, or is malformed.
    package func response(in octets: [UInt8]) throws(ResponseMismatch) -> Message {
        _ = try header(ofResponse: octets)
        do {
            return try Message(octets)
        } catch {
            throw .unreadable(error)
        }
    }

    /// Whether octets are the response to this query, but truncated (TC). Some servers cut such a response in the middle of a record: it need
    /// not be readable after its question.
    func isAnsweredInPart(by octets: [UInt8]) throws(ResponseMismatch) -> Bool {
        try header(ofResponse: octets).flags.contains(.truncated)
    }

    private func header(ofResponse octets: [UInt8]) throws(ResponseMismatch) -> Header {
        let header: Header
        let answered: Question?
        do throws(MessageError) {
            var position = Header.length
            header = try Header(of: octets.span)
            answered = header.questionCount == 1 ? try Question(of: octets.span, at: &position) : nil
        } catch {
            throw .unreadable(error)
        }
        let (flags, code) = (header.flags, header.flags.responseCode)
        guard header.identifier == identifier, flags.contains(.response), flags.opcode == .query else {
            throw .notTheResponse
        }
        // A server that does not read a question need not repeat it. Then the response says that the server failed, and no more.
        if header.questionCount == 0, code != .noError, code != .nameError { return header }
        guard let answered else { throw .notTheResponse }
        guard answered == question else { throw .anotherQuestion }
        guard !isCaseChecked || answered.name.isIdentical(to: question.name) else { throw .anotherCase }
        return header
    }
}

/// Why a message is not the response to a query.
package enum ResponseMismatch: Error, Hashable, Sendable {
    /// Another identifier or opcode, another number of questions, or a query.
    case notTheResponse
    case anotherQuestion
    /// The question's name in another case than in the query.
    case anotherCase
    case unreadable(MessageError)
}

extension ResponseMismatch: CustomStringConvertible {
    /// Words that follow the server's address.
    package var description: String {
        switch self {
        case .notTheResponse: "sends a message that is not a response to the question"
        case .anotherQuestion: "answers another question"
        case .anotherCase: "does not repeat the case of the name"
        case .unreadable: "sends an unreadable response"
        }
    }
}
