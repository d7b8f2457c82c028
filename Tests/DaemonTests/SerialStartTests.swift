import Delegates
import Foundation
import TestSupport
import Testing

@testable import Daemon

/// Serials after a restart: of the same zone, of one that has changed, and of one that was away.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct SerialStartTests {
    @Test func `a start raises the serial if the zone is another one, and else it is what it was`() async throws {
        try await SerialsFolder.with { folder in
            var last = try await folder.run { running async throws in
                let before = try await running.copy()
                let credential = try await running.api.register()
                #expect(try await running.api.update(credential, Samples.value(1).text) == 200)
                // A change that DNS does not show: an entry of the audit log.
                _ = try await running.server.reloading.reload().get()
                let after = try await running.copy()
                #expect(after.serial == before.serial + 2)
                return after
            }
            try await folder.run { running async throws in #expect(try await running.copy() == last) }
            for (what, change) in SerialsFolder.changes {
                try folder.write(change)
                last = try await folder.run { running async throws in
                    let next = try await running.copy()
                    #expect(next.isNewer(than: last) && next.records != last.records, "\(what)")
                    return next
                }
                try await folder.run { running async throws in #expect(try await running.copy() == last) }
            }
        }
    }

    @Test func `a zone that goes and comes back goes on from its serial`() async throws {
        try await SerialsFolder.with { folder in
            let before = try await folder.run { running async throws in try await running.copy() }
            let text = try String(contentsOf: folder.url.appending(path: "nuncio.yaml"), encoding: .utf8)
            try Data(
                text.replacing("[\"\(SerialsFolder.zone)\"]", with: "[\"other.example.net\"]").replacing(
                    ".\(SerialsFolder.zone)", with: ".other.example.net"
                ).utf8
            ).write(to: folder.url.appending(path: "nuncio.yaml"))
            try await folder.run { running async throws in
                _ = try await running.api.register()
                #expect(try await running.copy(of: "other.example.net").serial > 1)
            }
            try folder.write()
            try await folder.run { running async throws in
                #expect(try await running.copy().isNewer(than: before))
            }
        }
    }
}
