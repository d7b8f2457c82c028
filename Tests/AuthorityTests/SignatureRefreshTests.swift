import Authority
import DNS
import DNSSEC
import Delegates
import TestSupport
import Testing

/// The refresh of signatures over values: after a change of keys, and before they end.
struct SignatureRefreshTests {
    private let signed: SignedServer

    init() throws {
        signed = try SignedServer()
    }

    @Test func `a delegate without values takes no signature`() throws {
        var cursor = signed.server.table.cursor
        let later = signed.server.now.advanced(by: .seconds(8 * 86_400))
        #expect(signed.server.table.refreshSignatures(&cursor, maximum: 10, now: later).signed == 1)
    }

    @Test func `delegates that were there before are signed when their signatures are refreshed`() throws {
        let server = try SampleServer()
        let origin = try DomainName(SignedServer.apex)
        server.table.setSigner(signed.signer, below: origin)
        var cursor = server.table.cursor
        let outcome = server.table.refreshSignatures(&cursor, maximum: 10, now: server.now)
        #expect(outcome.signed == 1 && outcome.isAtEnd)
        cursor = server.table.cursor
        #expect(server.table.refreshSignatures(&cursor, maximum: 10, now: server.now).signed == 0)
        // After eight days the signatures have less than a week left.
        cursor = server.table.cursor
        let later = server.now.advanced(by: .seconds(8 * 86_400))
        #expect(server.table.refreshSignatures(&cursor, maximum: 10, now: later).signed == 1)
        // The system's clock is set back by a month.
        server.table.setSystemTimeOffset(-30 * 86_400)
        cursor = server.table.cursor
        #expect(server.table.refreshSignatures(&cursor, maximum: 10, now: later).signed == 1)
        // Another key.
        server.table.setSigner(try SignedServer.makeSigner(SignedServer.apex, [.ed25519]), below: origin)
        cursor = server.table.cursor
        #expect(server.table.refreshSignatures(&cursor, maximum: 10, now: later).signed == 1)
        // No key.
        server.table.setSigner(nil, below: origin)
        cursor = server.table.cursor
        #expect(server.table.refreshSignatures(&cursor, maximum: 10, now: later).signed == 0)
    }

    @Test func `what was restored before there was a signer is signed for the answer, and then in its own room`() throws {
        let table = DelegateTable()
        table.reserveSignatures()
        let name = try DomainName(SampleServer.published)
        let values = [1, 2].map { index in
            DelegateTable.PublishedValue(
                Samples.value(index), sequence: ChangeSequence(UInt64(index)), published: signed.server.now)
        }
        let last = ChangeSequence(2)
        #expect(table.load(after: last, shown: last) { $0.restore(name, values, now: signed.server.now) })
        table.setSigner(signed.signer, below: try DomainName(SignedServer.apex))
        let responder = Responder(zones: signed.server.zones, table: table)
        let query = try QueryOctets(SampleServer.published, .txt, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
        for isRefreshed in [false, true] {
            var workspace = Workspace()
            let exchange = responder.respond(
                to: query.span, from: Samples.client, over: .udp, at: signed.server.now, with: &workspace)
            #expect((exchange.madeSignatures == 0) == isRefreshed)
            let answer = SignedMessage(try ParsedMessage(workspace.response.octets), signer: signed.signer, at: signed.now)
            #expect(answer.problems == [] && answer.message.answers.count == 3)
            var cursor = table.cursor
            #expect(table.refreshSignatures(&cursor, maximum: 5, now: signed.server.now).signed == (isRefreshed ? 0 : 1))
        }
    }
}
