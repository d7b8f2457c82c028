import Authority
import DNS
import Delegates
import TestSupport
import Testing

/// Values, with signatures that are made when they change.
struct SignedValueTests {
    private let signed: SignedServer

    init() throws {
        signed = try SignedServer()
    }

    @Test func `the values that are signed are those that are served, after each change`() throws {
        for index in 3...6 {
            signed.server.publish(Samples.value(index), sequence: UInt64(index + 10))
            let answer = try signed.ask(SampleServer.published, .txt)
            #expect(answer.problems == [])
            #expect(answer.message.texts.last == Samples.value(index).text)
        }
    }

    @Test func `values whose time is over are signed anew without them`() throws {
        var server = signed.server
        for index in 3...5 { server.publish(Samples.value(index), sequence: UInt64(index + 10)) }
        server.now = server.now.advanced(by: .seconds(3600))
        let time = UInt32(server.now.secondsSinceEpoch)
        // Until the expired values are removed, the signature is made for the answer.
        var answer = SignedMessage(try server.askSecurely(SampleServer.published, .txt), signer: signed.signer, at: time)
        #expect(answer.problems == [] && answer.message.texts.count == 2)
        let aged = server.table.agedDelegates(now: server.now, maximum: 10)
        server.table.apply(
            FeedEntry(
                sequence: ChangeSequence(99), time: server.now, effects: aged.map { .aged($0, until: server.now) }),
            now: server.now)
        var workspace = Workspace(signaturesPerSecond: 0)
        let query = try QueryOctets(SampleServer.published, .txt, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
        let exchange = server.responder.respond(
            to: query.span, from: Samples.client, over: .udp, at: server.now, with: &workspace)
        answer = SignedMessage(try ParsedMessage(workspace.response.octets), signer: signed.signer, at: time)
        #expect(answer.problems == [] && answer.message.texts.count == 2)
        #expect(exchange.madeSignatures == 0)
    }
}
