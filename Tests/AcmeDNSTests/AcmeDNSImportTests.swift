import AcmeDNS
import DNS
import Delegates
import Foundation
import GRDB
import TestSupport
import Testing

/// Imports of accounts into a storage.
struct AcmeDNSImportTests {
    private func outcomes(
        of sample: SampleDatabase, into storage: MemoryStorage, isDryRun: Bool
    ) async throws -> [AcmeDNSImport.Outcome] {
        var outcomes: [AcmeDNSImport.Outcome] = []
        let job = AcmeDNSImport(
            of: try AcmeDNSDatabase(path: sample.path), into: storage, zone: try DomainName("d.example"),
            isTaken: { _ in false }, now: Samples.start, isDryRun: isDryRun, batchSize: 2)
        try await job.run { outcomes += $0 }
        return outcomes
    }

    @Test func `a dry run finds the accounts that are twice in the database, in whatever batch, as the import does`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let sample = try SampleDatabase(in: folder, tables: SampleDatabase.schema1)
            for number in 1...8 { try sample.register(number) }
            // The columns are unique in acme-dns, but for it, “C3” and “c3” are two names.
            func rename(_ number: Int, username: Int? = nil, subdomain: Int? = nil) throws {
                func spelt(_ name: String) -> String { name.prefix(number).uppercased() + name.dropFirst(number) }
                try sample.execute(
                    "UPDATE records SET Username = ?, Subdomain = ? WHERE rowid = ?",
                    [
                        username.map { spelt(SampleDatabase.username($0)) } ?? SampleDatabase.username(number),
                        subdomain.map { spelt(SampleDatabase.subdomain($0)) } ?? SampleDatabase.subdomain(number),
                        number,
                    ])
            }
            try rename(2, username: 1)
            try rename(5, username: 1)
            try rename(6, subdomain: 1)
            try rename(7, username: 1, subdomain: 1)
            let imported = AcmeDNSImport.Outcome.imported(droppedValues: 0, droppedNetworks: 0)
            func refused(_ number: Int, _ refusal: Refusal) -> AcmeDNSImport.Outcome {
                .refused(
                    account: SampleDatabase.subdomain(number) + ".d.example", reason: refusal.explanation.text ?? "")
            }
            let expected = [
                imported, refused(2, .usernameTaken), imported, imported, refused(5, .usernameTaken), refused(1, .nameTaken),
                .unchanged, imported,
            ]
            let storage = MemoryStorage()
            let before = storage.snapshot
            #expect(try await outcomes(of: sample, into: storage, isDryRun: true) == expected)
            #expect(storage.snapshot == before)
            #expect(try await outcomes(of: sample, into: storage, isDryRun: false) == expected)
        }
    }
}
