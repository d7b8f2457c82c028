import DNS
import TestSupport
import Testing

@testable import Daemon

/// Serials that a zone's file or the operator gives.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct GivenSerialTests {
    @Test func `the serial of a file counts if it is later, and rises by itself if the file changes without`() async throws {
        try await SerialsFolder.with { folder in
            func reload(_ running: CopiedServer, _ serial: UInt32, _ address: String) async throws -> UInt32 {
                try folder.writeFile(serial: serial, address: address)
                _ = try await running.server.reloading.reload().get()
                return try await running.copy(of: SerialsFolder.fileZone).serial
            }
            try await folder.run { running async throws in
                #expect(try await running.copy(of: SerialsFolder.fileZone).serial == 10)
                _ = try await running.api.register()
                #expect(try await running.copy(of: SerialsFolder.fileZone).serial == 10)
                #expect(try await reload(running, 10, "192.0.2.2") == 11)
                #expect(try await reload(running, 11, "192.0.2.3") == 12)
                #expect(try await reload(running, 20, "192.0.2.3") == 20)
                #expect(try await reload(running, 5, "192.0.2.4") == 21)
            }
            try await folder.run { running async throws in
                #expect(try await running.copy(of: SerialsFolder.fileZone).serial == 21)
            }
            try folder.writeFile(serial: 5, address: "192.0.2.5")
            try await folder.run { running async throws in
                #expect(try await running.copy(of: SerialsFolder.fileZone).serial == 22)
            }
        }
    }

    @Test func `a zone that another server had begins above its serial`() async throws {
        try await SerialsFolder.with { folder in
            func above(_ serial: String) throws {
                try folder.write {
                    $0 += "serials-above: [\"\(SerialsFolder.zone)=\(serial)\", \"\(SerialsFolder.fileZone)=7\"]\n"
                }
            }
            try await folder.run { running async throws in
                try above("2026112901")
                _ = try await running.server.reloading.reload().get()
                #expect(try await running.soa() == 2_026_112_902)
                // Ten is above seven.
                #expect(try await running.soa(of: SerialsFolder.fileZone) == 10)
                _ = try await running.api.register()
                #expect(try await running.soa() > 2_026_112_902)
            }
            let last = try await folder.run { running async throws in try await running.soa() }
            #expect(last > 2_026_112_902)
            try folder.write()
            // The key is no longer needed.
            try await folder.run { running async throws in
                #expect(try await running.soa() == last)
                let status = running.server.serials.current(of: [
                    try DomainName(SerialsFolder.zone), try DomainName("other.example"),
                ])
                #expect(status == [SerialsFolder.zone: last])
            }
        }
    }
}
