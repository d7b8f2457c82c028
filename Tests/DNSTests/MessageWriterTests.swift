import DNS
import TestSupport
import Testing

struct MessageWriterTests {
    private func write(limit: Int = 65_535, _ body: (inout MessageWriter) throws -> Void) rethrows -> [UInt8] {
        var writer = MessageWriter()
        writer.begin(identifier: 7, flags: .response, limit: limit)
        try body(&writer)
        writer.finish()
        return writer.octets
    }

    @Test func `names are compressed against earlier ones, and take their case`() throws {
        let octets = try write { writer in
            writer.write(Question(name: try DomainName("A.Net"), type: .ns))
            let target = try DomainName("b.a.net")
            let fits = writer.write(RRset(owner: try DomainName("a.net"), type: .ns, ttl: 1, data: [.ns(target)]), in: .answer)
            #expect(fits)
        }
        let question: [UInt8] = [1, 65, 3, 78, 101, 116, 0, 0, 2, 0, 1]
        let answer: [UInt8] = [0xC0, 12, 0, 2, 0, 1, 0, 0, 0, 1, 0, 4, 1, 98, 0xC0, 12]
        #expect(octets == [0, 7, 0x80, 0, 0, 1, 0, 1, 0, 0, 0, 0] + question + answer)
    }

    @Test func `a set that does not fit is left out whole`() throws {
        let name = try DomainName("a.net")
        let set = RRset(owner: name, type: .a, ttl: 1, data: (0..<4).map { .a(IPv4Address(octets: [1, 2, 3, $0])) })
        // The question takes 11 octets, each record 16.
        for limit in 12 + 11..<12 + 11 + 64 {
            let octets = write(limit: limit) { writer in
                writer.write(Question(name: name, type: .a))
                let fits = writer.write(set, in: .answer)
                #expect(!fits)
            }
            let message = try ParsedMessage(octets)
            #expect(message.answers.isEmpty && octets.count == 23)
        }
        let octets = write(limit: 12 + 11 + 64) { writer in
            writer.write(Question(name: name, type: .a))
            let fits = writer.write(set, in: .answer)
            #expect(fits)
        }
        #expect(try ParsedMessage(octets).answers.count == 4)
    }

    @Test func `what is written after something was left out is right`() throws {
        let octets = try write(limit: 100) { writer in
            let name = try DomainName("x.y.z")
            let large = RRset(owner: name, type: .txt, ttl: 1, data: [.txt([UInt8](repeating: 97, count: 200))])
            let largeFits = writer.write(large, in: .answer)
            #expect(!largeFits)
            let fits = writer.write(
                RRset(owner: name, type: .a, ttl: 1, data: [.a(IPv4Address(octets: [1, 2, 3, 4]))]), in: .answer)
            #expect(fits)
        }
        #expect(try ParsedMessage(octets).answers.map(\.description) == ["x.y.z. 1 A 1.2.3.4"])
    }

    @Test func `random sets survive being written and read`() throws {
        var generator = SeededGenerator(seed: 2)
        let labels = ["a", "B", "net", "example", "ns1", "x.y"]
        func name() throws -> DomainName {
            try DomainName(
                (0..<Int.random(in: 1...4, using: &generator)).map { _ in labels.randomElement(using: &generator) ?? "" }
                    .joined(separator: "."))
        }
        for _ in 0..<300 {
            var sets: [RRset] = []
            for _ in 0..<8 {
                let (owner, target, mailbox) = (try name(), try name(), try name())
                let data: RecordData =
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: .ns(target)
                    case 1: .mx(preference: 3, exchange: target)
                    case 2: .soa(primary: target, mailbox: mailbox, serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5)
                    default: .txt("text".utf8)
                    }
                sets.append(RRset(owner: owner, type: data.type, ttl: 9, data: [data]))
            }
            let octets = write { writer in
                for set in sets {
                    let fits = writer.write(set, in: .answer)
                    #expect(fits)
                }
            }
            let read = try ParsedMessage(octets).answers
            #expect(read.map(\.owner) == sets.map(\.owner))
            let firstData = sets.map { RecordData(type: $0.type, octets: $0.data[0].octets) }
            #expect(zip(read, firstData).allSatisfy { $0.data.description.lowercased() == $1.description.lowercased() })
        }
    }
}
