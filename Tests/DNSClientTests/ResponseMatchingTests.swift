import DNS
import DNSClient
import TestSupport
import Testing

/// Messages that are not the response to a query.
struct ResponseMatchingTests {
    private let query: OutgoingQuery

    init() throws {
        query = OutgoingQuery(Question(name: try DomainName("www.example.net"), type: .a))
    }

    struct Wrong: CustomTestStringConvertible {
        var testDescription: String
        var mismatch: ResponseMismatch?
        var octets: @Sendable (_ query: [UInt8]) throws -> [UInt8]

        init(
            _ what: String, _ mismatch: ResponseMismatch?, _ octets: @escaping @Sendable ([UInt8]) throws -> [UInt8]
        ) {
            testDescription = what
            self.mismatch = mismatch
            self.octets = octets
        }
    }

    static let wrong = [
        Wrong("another identifier", .notTheResponse) { try SampleResponse(to: $0).with { $0.identifier ^= 1 }.octets },
        Wrong("the query itself", .notTheResponse) { $0 },
        Wrong("another opcode", .notTheResponse) {
            try SampleResponse(to: $0).with { $0.flags.formUnion(Header.Flags(rawValue: 4 << 11)) }.octets
        },
        Wrong("another name", .anotherQuestion) {
            try SampleResponse(to: $0).with { $0.questions[0].name = try DomainName("www.example.org") }.octets
        },
        Wrong("another type", .anotherQuestion) { try SampleResponse(to: $0).with { $0.questions[0].type = .aaaa }.octets },
        Wrong("another class", .anotherQuestion) { try SampleResponse(to: $0).with { $0.questions[0].class = .chaos }.octets },
        Wrong("two questions", .notTheResponse) {
            try SampleResponse(to: $0).with { $0.questions.append($0.questions[0]) }.octets
        },
        Wrong("an answer without a question", .notTheResponse) {
            try SampleResponse(to: $0).with { $0.questions = [] }.octets
        },
        Wrong("no octets", .unreadable(MessageError(.endsEarly, at: 0))) { _ in [] },
        Wrong("half a header", .unreadable(MessageError(.endsEarly, at: 2))) { Array($0.prefix(3)) },
        Wrong("half a record", nil) { Array(try SampleResponse(to: $0).octets.dropLast(3)) },
        Wrong("octets after its end", nil) { try SampleResponse(to: $0).octets + [0] },
    ]

    @Test(arguments: wrong)
    func `over UDP, what is not the response is ignored, and the response taken after it`(wrong: Wrong) async throws {
        try await ScriptedServer.run(datagrams: { query in
            [try wrong.octets(query), try SampleResponse(to: query).with { $0.addresses = [7, 8] }.octets]
        }) { server in
            let response = try await NameserverClient.patient.ask(query, of: server.endpoint)
            #expect(response.message.answers.count == 2 && server.datagramCount == 1)
        }
    }

    @Test(arguments: wrong)
    func `over TCP, what is not the response ends the wait`(wrong: Wrong) async throws {
        try await ScriptedServer.run(stream: { .message(try wrong.octets($0)) }) { server in
            guard case .mismatch(let mismatch) = try await NameserverClient.patient.failure(of: server, query.overTCP).reason
            else {
                Issue.record("another reason")
                return
            }
            if let expected = wrong.mismatch { #expect(mismatch == expected) }
        }
    }

    @Test func `if only messages come that are not the response, the failure says so`() async throws {
        try await ScriptedServer.run(datagrams: { query in
            [try SampleResponse(to: query).with { $0.questions[0].type = .aaaa }.octets]
        }) { server in
            let failure = try await NameserverClient.waiting(.seconds(1)).failure(of: server, query)
            #expect("\(failure)" == "\(server.endpoint) answers another question")
        }
    }
}
