import DNS
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Daemon

/// Serials of a running server that reloads its configuration.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct SerialReloadTests {
    @Test func `a reload raises the serial with each change that a transfer shows, and with no other`() async throws {
        try await SerialsFolder.with { folder in
            try await folder.run { running async throws in
                var last = try await running.copy()
                #expect(try await running.soa() == last.serial)
                for (what, change) in SerialsFolder.changes {
                    try folder.write(change)
                    _ = try await running.server.reloading.reload().get()
                    let next = try await running.copy()
                    #expect(next.isNewer(than: last) && next.records != last.records, "\(what)")
                    #expect(try await running.soa() == next.serial)
                    try folder.write {
                        change(&$0)
                        $0 += "logging: {level: debug}\n"
                    }
                    _ = try await running.server.reloading.reload().get()
                    #expect(try await running.copy() == next, "\(what)")
                    last = next
                }
            }
        }
    }

    @Test func `a serial that a reload has raised is in the storage when the reload is over`() async throws {
        try await SerialsFolder.with { folder in
            try await folder.run { running async throws in
                for index in 1...5 {
                    try folder.write { $0.replace("192.0.2.1\"", with: "192.0.2.\(10 + index)\"") }
                    _ = try await running.server.reloading.reload().get()
                    var reading = GRDB.Configuration()
                    reading.readonly = true
                    let database = try DatabaseQueue(path: "\(folder.url.path)/nuncio.db", configuration: reading)
                    let kept = try await database.read {
                        try Int64.fetchOne(
                            $0, sql: "SELECT serial_offset FROM zone_serial WHERE zone = ?", arguments: [SerialsFolder.zone])
                    }
                    // No delegate has changed.
                    #expect(try await running.soa() == kept.map { UInt32($0) })
                }
            }
        }
    }

    @Test func `while the storage does not take a serial, nobody gets a copy`() async throws {
        try await SerialsFolder.with { folder in
            try await folder.run { running async throws in
                let before = try await running.copy()
                let (file, elsewhere) = ("\(folder.url.path)/nuncio.db", "\(folder.url.path)/elsewhere.db")
                try FileManager.default.moveItem(atPath: file, toPath: elsewhere)
                try folder.write { $0.replace("192.0.2.1\"", with: "192.0.2.2\"") }
                let problems = try await running.server.reloading.reload().get()
                #expect(problems.count == 1 && problems[0].contains("no zone can be transferred"), "\(problems)")
                #expect(try await running.soa() == before.serial + 1)
                let code = try await running.transferCode()
                #expect(code == .serverFailure)
                await running.server.serials.tick()
                #expect(try await running.transferCode() == .serverFailure)
                try FileManager.default.moveItem(atPath: elsewhere, toPath: file)
                // The storage looks at its file once a second.
                try await waitUntil("copies are given out again") { () async throws in
                    try? await running.server.serials.keep()
                    return try await running.transferCode() == .noError
                }
                let after = try await running.copy()
                #expect(after.serial == before.serial + 1 && after.records != before.records)
            }
        }
    }

    @Test func `whether copies are allowed is nothing that a serial says`() async throws {
        try await SerialsFolder.with { folder in
            try await folder.run { running async throws in
                let before = try await running.copy()
                try folder.write { $0.replace("127.0.0.0/8", with: "127.0.0.0/16") }
                _ = try await running.server.reloading.reload().get()
                #expect(try await running.copy() == before)
            }
        }
    }
}
