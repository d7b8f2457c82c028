import DNS
import DNSSEC
import Sockets
import TestSupport
import Testing

@testable import Daemon

/// What a resolver's answer says of a parent.
struct ParentQueryTests {
    private let apex: DomainName
    private let key: SigningKey

    init() throws {
        apex = try DomainName("delegates.example.net")
        key = SigningKey(.ecdsaP256SHA256, isSecureEntryPoint: true, avoiding: [])
    }

    private func message(
        _ records: [RecordData] = [], flags: Header.Flags = .recursionAvailable, code: UInt16 = 0, identifier: UInt16 = 7,
        question: Question? = nil
    ) -> [UInt8] {
        var message = MessageWriter()
        message.begin(
            identifier: identifier, flags: flags.union(.response).union(Header.Flags(rawValue: code)),
            limit: MessageWriter.maximumLength)
        message.write(question ?? Question(name: apex, type: .ds, class: .in))
        if !records.isEmpty { _ = message.write(RRset(owner: apex, type: .ds, ttl: 300, data: records), in: .answer) }
        message.finish()
        return message.octets
    }

    private func view(_ octets: [UInt8]) -> ZoneKeys.ParentView? {
        var zone = SignedZone(apex: apex, keys: ZoneKeys(keys: [ZoneKeys.Key(key, role: .combined)]))
        zone.secrets[key.tag] = key
        guard case .records(let records, let ttl) = ParentQuery.answer(in: octets, to: apex, 7) else { return nil }
        return zone.parentView(of: records, ttl: .left(ttl))
    }

    @Test func `DS records are compared with the keys, whichever digest the parent took`() throws {
        let ds = key.ds(apex: apex)
        #expect(view(message([ds])) == .keys([key.tag], ttl: .left(300)))
        let other = SigningKey(.ecdsaP256SHA256, isSecureEntryPoint: true, avoiding: [key.tag])
        #expect(view(message([other.ds(apex: apex), ds])) == .keys([key.tag], ttl: .left(300)))
        #expect(view(message([other.ds(apex: apex)])) == .keys([], ttl: .left(300)))
        // The right tag with another digest.
        #expect(
            view(message([RecordData(type: .ds, octets: ds.octets.dropLast() + [ds.octets[35] ^ 1])]))
                == .keys([], ttl: .left(300)))
        #expect(
            view(message([RecordData(type: .ds, octets: Array(ds.octets.prefix(3)) + [1] + ds.octets.suffix(20))]))
                == .keys([], ttl: .left(300)))
    }

    @Test func `that there are none is known from a resolver alone`() throws {
        #expect(view(message()) == ZoneKeys.ParentView.none)
        // A resolver inside a network may not know the zone at all.
        #expect(view(message(code: 3)) == nil)
        // A name server of the zone itself would say so, too.
        #expect(view(message(flags: .authoritative)) == nil)
        #expect(view(message(code: 2)) == nil)
        #expect(view(message(code: 5)) == nil)
    }

    @Test func `what is no response to the question says nothing`() throws {
        #expect(view([]) == nil)
        #expect(view(message(identifier: 8)) == nil)
        let other = Question(name: try DomainName("elsewhere.test"), type: .ds, class: .in)
        #expect(view(message(question: other)) == nil)
        #expect(view(message(question: Question(name: apex, type: .a, class: .in))) == nil)
        #expect(view(Array(message([key.ds(apex: apex)]).dropLast(3))) == nil)
    }

    @Test func `the system's resolvers are those of resolv.conf`() {
        let text =
            "# nameserver 192.0.2.9\nsearch example.net\nnameserver 127.0.0.53\nnameserver\t2001:db8::53\nnameserver fe80::1%eth0\noptions edns0\n"
        #expect(SystemResolvers.resolvers(in: text).map(\.description) == ["127.0.0.53:53", "[2001:db8::53]:53"])
        #expect(SystemResolvers.resolvers(in: "").isEmpty)
    }

    @Test func `a resolver that is not there is told`() async throws {
        let nowhere = try #require(Endpoint("127.0.0.1:1"))
        guard case .unknown(let reason) = await ParentQuery(resolver: nowhere).ask(apex) else {
            Issue.record("nobody can have answered")
            return
        }
        #expect(reason.contains("127.0.0.1:1 does not answer"))
    }
}
