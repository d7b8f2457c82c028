import Authority
import DNS
import Delegates
import TestSupport
import Testing

struct LookAheadTests {
    /// A responder whose table is worth looking ahead in, and names: of some delegates, of none, and outside the zone.
    private func makeResponder() throws -> (Responder, names: [String]) {
        let table = DelegateTable()
        let apex = try DomainName("d.example")
        for index in 0..<20_000 {
            let name = try DomainName("n\(index).d.example")
            table.enrol(name, sequence: ChangeSequence(UInt64(index + 1)), now: Samples.start)
            guard index % 2 == 0 else { continue }
            table.publish(
                Samples.value(index), at: name, sequence: ChangeSequence(UInt64(index + 1)), published: Samples.start,
                now: Samples.start)
        }
        let builder = ZoneBuilder(
            apexes: [apex], nameservers: [apex],
            startOfAuthority: Zone.StartOfAuthority(primary: apex, mailbox: apex, negativeTTL: 5), hasMailRecords: true)
        let names =
            (0..<100).map { "n\($0 * 150).D.example" } + (0..<50).map { "m\($0).d.example" } + ["d.example", ".", "test"]
        return (Responder(zones: builder.build(records: []).zones, table: table), names)
    }

    @Test(arguments: 1...3)
    func `what is anticipated changes no response`(seed: UInt64) throws {
        let (responder, names) = try makeResponder()
        #expect(responder.isWorthAnticipating)
        var generator = SeededGenerator(seed: seed)
        var plain = Workspace()
        var ahead = Workspace()
        for _ in 0..<50 {
            // More messages than one look-ahead takes, some of them broken.
            let messages = try (0..<Responder.maximumAnticipated + 8).map { _ in
                var octets = try QueryOctets(names.randomElement(using: &generator) ?? ".", .txt).octets
                switch Int.random(in: 0..<8, using: &generator) {
                case 0: octets.removeLast(Int.random(in: 1...octets.count, using: &generator))
                case 1: octets[Int.random(in: 12..<octets.count, using: &generator)] ^= 0xC0
                default: break
                }
                return octets
            }
            for message in messages { responder.anticipate(message.span, with: &ahead) }
            responder.lookAhead(with: &ahead)
            for message in messages {
                let one = responder.respond(
                    to: message.span, from: Samples.client, over: .tcp, at: Samples.start, with: &plain)
                let other = responder.respond(
                    to: message.span, from: Samples.client, over: .tcp, at: Samples.start, with: &ahead)
                #expect(one.outcome == other.outcome)
                if one.hasResponse { #expect(plain.response.octets == ahead.response.octets) }
            }
        }
    }
}
