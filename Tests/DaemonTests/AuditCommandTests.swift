import Delegates
import Foundation
import GRDB
import TestSupport
import Testing

/// `nuncio audit`, with a running server.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct AuditCommandTests {
    private func verify(_ folder: URL, _ options: String...) async throws -> (exitCode: Int, out: String, error: String) {
        try await NuncioProcess.run(["audit", "verify", "--config", "nuncio.yaml"] + options, in: folder)
    }

    @Test func `a log that was tampered with is told from one that was not`() async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let missing = try await verify(folder)
            #expect(missing.exitCode == 6 && missing.error.contains("nuncio.db.socket"))

            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let api = API(port: try await server.waitUntilReady().http)
            try await server.waitForFile(folder.appending(path: "nuncio.db.socket"))
            let credential = try await api.register()
            #expect(try await api.update(credential, Samples.value(1).text) == 200)
            let whole = try await verify(folder)
            #expect(whole.exitCode == 0)
            #expect(whole.out.wholeMatch(of: /The audit log is whole: 3 entries\. The last: 3:[0-9a-f]{64}\n/) != nil)
            let last = String(try #require(whole.out.split(separator: " ").last).dropLast())
            #expect(try await verify(folder, "--noted", last).exitCode == 0)
            let other = last.replacing("3:", with: "2:", maxReplacements: 1)
            let replaced = try await verify(folder, "--noted", other)
            #expect(replaced.exitCode == 7 && replaced.out.isEmpty)
            #expect(replaced.error.contains("the noted entry is gone: another entry has the number 2"))
            #expect(try await verify(folder, "--noted", "3").exitCode == 64)
            let json = try await verify(folder, "--json")
            #expect(json.out.contains("\"entries\":3") && json.out.contains("\"whole\":true"))

            let database = try DatabaseQueue(path: folder.appending(path: "nuncio.db").path)
            try await database.write { try $0.execute(sql: "DELETE FROM audit_entry WHERE number = 2") }
            let broken = try await verify(folder)
            #expect(broken.exitCode == 1 && broken.out.isEmpty)
            #expect(broken.error.contains("entry 2 is missing, or not the one that was written"))

            try await database.write { try $0.execute(sql: "DELETE FROM audit_entry") }
            #expect(try await verify(folder).exitCode == 0)
            let gone = try await verify(folder, "--noted", last)
            #expect(gone.exitCode == 7 && gone.out.isEmpty)
            #expect(gone.error.contains("the noted entry is gone: the log ends with entry 0"))
            let goneJSON = try await verify(folder, "--noted", last, "--json")
            #expect(goneJSON.exitCode == 7 && goneJSON.out.contains("\"noted_entry\":\"erased\""))
        }
    }
}
