import AcmeDNS
import Delegates
import Foundation
import GRDB
import Importing
import TestSupport
import Testing

struct CheckedAccountTests {
    @Test func `a good account becomes one with everything that it had`() async throws {
        let value = Samples.value(1)
        let account = try await Self.account(allowFrom: #"["192.0.2.0/24","[2001:db8::]/32"]"#) { sample in
            try sample.update(1, value: value.text, at: 1_700_000_000)
            try sample.update(1, value: "___validation_token_received_from_the_ca___", at: 1_700_000_001)
        }
        let checked = try account.checked().get()
        #expect(checked.keys.map(\.username.description) == [SampleDatabase.username(1)])
        #expect(checked.label == SampleDatabase.subdomain(1))
        let hash = try #require(BcryptHash(SampleDatabase.hash(1)))
        #expect(checked.keys.map(\.check) == [.bcrypt(hash)])
        #expect(checked.allowedNetworks.texts == ["192.0.2.0/24", "2001:db8::/32"])
        #expect(checked.values.map(\.published.secondsSinceEpoch) == [1_700_000_000, 1_700_000_001])
        #expect(checked.values.first?.value == value)
        #expect(checked.droppedValueCount == 0 && checked.droppedNetworkCount == 0)
    }

    @Test func `a hash that was written as text counts too`() async throws {
        let account = try await Self.account { try $0.execute("UPDATE records SET Password = ?", [SampleDatabase.hash(2)]) }
        let hash = try #require(BcryptHash(SampleDatabase.hash(2)))
        #expect(try account.checked().get().keys.map(\.check) == [.bcrypt(hash)])
    }

    private static let lists: [(String, [String])] = [
        ("null", []), ("[]", []), (#"[""]"#, []), ("[null]", []), (" [ ] ", []),
        (#"["192.0.2.1/32",""]"#, ["192.0.2.1/32"]),
    ]

    @Test(arguments: lists) func `a list without entries allows all networks`(text: String, networks: [String]) async throws {
        let checked = try await Self.account(allowFrom: text).checked().get()
        #expect(checked.allowedNetworks.texts == networks)
        #expect(checked.droppedNetworkCount == 0)
    }

    @Test func `an entry that is no network is passed over as long as another is one`() async throws {
        let checked = try await Self.account(allowFrom: #"["192.0.2.1","192.0.2.0/24","all"]"#).checked().get()
        #expect(checked.allowedNetworks.texts == ["192.0.2.0/24"])
        #expect(checked.droppedNetworkCount == 2)
    }

    @Test func `values that are none are dropped and counted`() async throws {
        let account = try await Self.account { sample in
            try sample.update(1, value: "too short", at: 1)
            try sample.update(1, value: Samples.value(1).text, at: 2)
            let insert = "INSERT INTO txt VALUES ('\(SampleDatabase.subdomain(1))', "
            try sample.execute(insert + "X'FF', 3)")
            try sample.execute(insert + "CAST(X'FFFE' AS TEXT), 4)")
            try sample.execute(insert + "X'', 5)")
            // acme-dns serves a BLOB with a value's octets as that value.
            try sample.execute(insert + "CAST('\(Samples.value(2).text)' AS BLOB), 6)")
        }
        #expect(account.problem == nil && account.unreadableValueCount == 2)
        let checked = try account.checked().get()
        #expect(checked.values.map(\.value) == [Samples.value(1), Samples.value(2)])
        #expect(checked.droppedValueCount == 3)
    }

    @Test func `times that cannot be are brought to ones that can`() async throws {
        let account = try await Self.account { sample in
            let insert = "INSERT INTO txt VALUES ('\(SampleDatabase.subdomain(1))', "
            for (number, time) in ["9223372036854775807", "-9223372036854775807", "NULL", "'noon'", "1.5"].enumerated() {
                try sample.execute(insert + "'\(Samples.value(number).text)', \(time))")
            }
        }
        let checked = try account.checked().get()
        #expect(checked.values.map(\.value) == [1, 2, 3, 4, 0].map(Samples.value))
        #expect(checked.values.map(\.published.secondsSinceEpoch) == [0, 0, 0, 0, 253_402_300_799])
    }

    @Test(arguments: ["Printer_7", "-", "0", String(repeating: "Z", count: 63)])
    func `a label of an operator's own is taken in lower case`(subdomain: String) async throws {
        let account = try await Self.account { try $0.execute("UPDATE records SET Subdomain = ?", [subdomain]) }
        #expect(try account.checked().get().label == subdomain.lowercased())
    }

    struct BadRow: Sendable {
        let change: String
        let problem: String
    }

    @Test(arguments: [
        BadRow(change: "Username = X'31'", problem: "its user name is not text"),
        BadRow(change: "Username = CAST(X'FF31' AS TEXT)", problem: "its user name is not UTF-8"),
        BadRow(change: "Username = 'operator'", problem: "its user name is not a UUID"),
        BadRow(change: "Password = 'secret'", problem: "its password hash is not a bcrypt hash with a cost of 4 to 12"),
        BadRow(change: "Password = X'FF'", problem: "its password hash is not UTF-8"),
        BadRow(
            change: "Password = '$2a$14$Iufb8BkPwTT4PyVcVHNBtuf000000000000000000000000000001'",
            problem: "its password hash is not a bcrypt hash with a cost of 4 to 12"),
        BadRow(change: "AllowFrom = '['", problem: "its list of allowed networks is not a JSON array of strings"),
        BadRow(change: "AllowFrom = '[1]'", problem: "its list of allowed networks is not a JSON array of strings"),
        BadRow(change: "AllowFrom = '{}'", problem: "its list of allowed networks is not a JSON array of strings"),
        BadRow(
            change: #"AllowFrom = '["192.0.2.1"]'"#,
            problem: "none of its allowed networks is in CIDR notation, so acme-dns allows all addresses"),
        BadRow(
            change: "AllowFrom = NULL", problem: "its list of allowed networks is missing"),
        BadRow(
            change: "AllowFrom = ''", problem: "its list of allowed networks is not a JSON array of strings"),
        BadRow(
            change: "Username = X'31', Password = X'FF'", problem: "its user name is not text, its password hash is not UTF-8"),
    ]) func `a bad row stops nothing, and its problem names it by its subdomain`(row: BadRow) async throws {
        try await withTemporaryFolder { folder in
            let sample = try Self.samples(in: folder)
            try sample.execute("UPDATE records SET \(row.change) WHERE rowid = 2")
            let accounts = try AcmeDNSDatabase(path: sample.path).accounts(maximum: 10)
            #expect(accounts.map { (try? $0.checked().get()) != nil } == [true, false, true])
            let expected = "the account “\(SampleDatabase.subdomain(2))”: \(row.problem)"
            #expect(Self.problem(of: accounts[1]) == expected)
        }
    }

    @Test(arguments: [
        BadRow(change: "''", problem: "in row 2: its subdomain is not a label"),
        BadRow(change: "X'61'", problem: "in row 2: its subdomain is not text"),
        BadRow(change: "CAST(X'FF' AS TEXT)", problem: "in row 2: its subdomain is not UTF-8"),
        BadRow(change: "'a' || char(10) || 'b'", problem: "in row 2: its subdomain is not a label"),
        BadRow(change: "'a' || char(0) || 'b'", problem: "in row 2: its subdomain is not a label"),
        BadRow(change: "'a.b'", problem: "“a.b”: its subdomain is not a label"),
        BadRow(change: "'*'", problem: "“*”: its subdomain is not a label"),
        BadRow(change: "hex(zeroblob(32))", problem: "0”: its subdomain is not a label"),
        BadRow(change: "hex(zeroblob(500))", problem: "in row 2: its subdomain is not a label"),
    ]) func `a bad subdomain stops nothing, and is told if it can be printed`(row: BadRow) async throws {
        try await withTemporaryFolder { folder in
            let sample = try Self.samples(in: folder)
            try sample.execute("UPDATE records SET Subdomain = \(row.change) WHERE rowid = 2")
            let accounts = try AcmeDNSDatabase(path: sample.path).accounts(maximum: 10)
            #expect(accounts.map { (try? $0.checked().get()) != nil } == [true, false, true])
            #expect(Self.problem(of: accounts[1])?.contains(row.problem) == true)
        }
    }

    @Test func `NULL where acme-dns allows none is a problem of its row alone`() async throws {
        try await withTemporaryFolder { folder in
            let tables = SampleDatabase.schema1.replacing(" NOT NULL", with: "")
            let sample = try SampleDatabase(in: folder, tables: tables)
            for _ in 0..<2 { try sample.execute("INSERT INTO records DEFAULT VALUES") }
            try sample.execute("INSERT INTO txt VALUES (NULL, 'value', 1), ('a', NULL, 1)")
            try sample.register(1)
            let accounts = try AcmeDNSDatabase(path: sample.path).accounts(maximum: 10)
            #expect(accounts.map { (try? $0.checked().get()) != nil } == [false, false, true])
            #expect(accounts[0].values.isEmpty)
            #expect(
                Self.problem(of: accounts[1])
                    == "the account in row 2: its user name is missing, its password hash is missing, its subdomain is missing, its list of allowed networks is missing"
            )
        }
    }

    private static func samples(in folder: URL) throws -> SampleDatabase {
        let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1)
        for number in 1...3 { try sample.register(number) }
        return sample
    }

    private static func account(
        allowFrom: String? = "[]", _ change: (SampleDatabase) throws -> Void = { _ in }
    ) async throws -> AcmeDNSAccount {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1)
            try sample.register(1, allowFrom: allowFrom)
            try change(sample)
            return try #require(try AcmeDNSDatabase(path: sample.path).accounts(maximum: 1).first)
        }
    }

    private static func problem(of account: AcmeDNSAccount) -> String? {
        guard case .failure(let problem) = account.checked() else { return nil }
        return "\(problem)"
    }
}
