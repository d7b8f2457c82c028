import DNS
import Delegates
import TestSupport
import Testing

/// The serials of zones and what they count: the contract of every storage.
struct SerialContractTests: StorageContract {
    @Test(arguments: StorageKind.allCases)
    func `what DNS does not show leaves the place of the last change that it shows`(_ kind: StorageKind) async throws {
        let credential = try credential()
        try await kind.withStorage { storage in
            var shown = try await storage.enrol(credential, at: Samples.start)
            for (change, isShown) in [
                (.publish(Samples.value(1), delegate: credential.name), true), (.makeGroup(try OperatorLabel("group")), false),
                (.note(.configurationReloaded, delegate: nil, detail: nil), false),
                (.withdraw(delegate: credential.name), true),
                (.keepSerials([]), false), (.ageValues(of: [credential.name], until: Samples.start), true), (.probe, false),
                (.disable(delegate: credential.name), true), (.enable(delegate: credential.name), false),
                (.delete(delegate: credential.name), true), (.probe, false),
            ] as [(Change, Bool)] {
                let entry = try await storage.commit(change, at: Samples.start).entry
                if isShown { shown = entry.lastPlace }
                let table = DelegateTable()
                try await storage.load(into: table, now: Samples.start)
                #expect(table.sequence == shown && entry.isShown == isShown, "\(change)")
            }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `the last record of a zone's serial is kept, in whatever order records come`(_ kind: StorageKind) async throws {
        func record(_ zone: String, _ offset: UInt32, counts: Bool = true, _ revision: Int64) throws -> SerialRecord {
            SerialRecord(
                zone: try DomainName(zone), serial: ZoneSerial(offset: offset, countsChanges: counts),
                content: ZoneDigest(of: [[UInt8(revision)]]), fileSerial: counts ? nil : SerialNumber(offset),
                floor: counts ? SerialNumber(.max) : nil, revision: revision)
        }
        let (later, file) = (try record("b.example", 5, 3), try record("A.example", .max, counts: false, 1))
        try await kind.withStorage { storage in
            #expect(try await storage.serials() == [])
            let last = try await storage.enrol(try credential(), at: Samples.start)
            try await storage.commit(.keepSerials([try record("b.example", 9, 2), file]), at: Samples.start)
            try await storage.commit(.keepSerials([later]), at: Samples.start)
            try await storage.commit(.keepSerials([try record("b.example", 7, counts: false, 2)]), at: Samples.start)
            #expect(try await storage.serials() == [file, later])
            // Keeping serials is a change without a number.
            let next = try await storage.publish(
                Samples.value(1), at: try DomainName("a.d.example"), at: Samples.start)
            #expect(next.number == last.number + 1)
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `values go when their time is over, but for the last two`(_ kind: StorageKind) async throws {
        let (one, other) = (try credential("one"), try credential("other"))
        try await kind.withStorage { storage in
            for credential in [one, other] {
                _ = try await storage.enrol(credential, at: Samples.start)
                for index in 0..<5 {
                    let time = Samples.start.advanced(by: .seconds(10 * index))
                    _ = try await storage.publish(Samples.value(index), at: credential.name, at: time)
                }
            }
            func values(_ name: DomainName) async throws -> [RecordData] {
                let table = DelegateTable()
                try await storage.load(into: table, now: Samples.start)
                return table.values(at: name, now: Samples.start) ?? []
            }
            let unknown = try DomainName("unknown.d.example")
            for (seconds, first) in [(3599, 0), (3600, 1), (3619, 2), (100_000, 3)] {
                let moment = Samples.start.advanced(by: .seconds(seconds))
                try await storage.commit(.ageValues(of: [one.name, unknown], until: moment), at: moment)
                let texts = try await values(one.name).map { String(decoding: $0.octets.dropFirst(), as: UTF8.self) }
                #expect(texts == (first..<5).map { Samples.value($0).text }, "\(seconds)")
            }
            #expect(try await values(other.name).count == 5)
        }
    }
}
