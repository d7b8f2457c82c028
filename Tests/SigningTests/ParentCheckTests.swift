import Authority
import DNS
import DNSSEC
import Foundation
import Testing

@testable import Signing

/// What is known of zones' keys and parents without the running server.
struct ParentCheckTests {
    private func keys(_ world: SigningWorld, _ settings: SigningSettings) async throws -> [ParentCheck.Keys] {
        try await ParentCheck(zones: world.zones.zones, settings: settings).findings().map(\.keys)
    }

    @Test func `keys are found while the server uses them`() async throws {
        try await SigningWorld.with { world async throws in
            // No resolver is asked here, so nothing is known of the parent.
            let expected = ParentCheck.Keys.found(requestedDS: world.status.requestedDS, parent: .unknown)
            #expect(try await keys(world, world.settings) == [expected])
        }
    }

    @Test func `a zone without keys, and keys that are out of reach, are told apart`() async throws {
        try await SigningWorld.with { world async throws in
            var settings = world.settings
            settings.keyFolder += ".other"
            #expect(try await keys(world, settings) == [.none])
            #expect(!FileManager.default.fileExists(atPath: settings.keyFolder))
            settings.secrets = .credentials(folder: nil)
            #expect(try await keys(world, settings) == [.outOfReach])
            settings.isOn = false
            #expect(try await keys(world, settings).isEmpty)
        }
    }

    @Test func `keys that cannot be read are a failure`() async throws {
        try await SigningWorld.with { world async throws in
            let path = world.settings.keyFolder + "/delegates.example.net.state"
            try Data("{".utf8).write(to: URL(filePath: path))
            await #expect(throws: KeyFolder.Failure.unreadableState(path: path)) { try await keys(world, world.settings) }
        }
    }

    @Test func `a server that should have credentials and has none does not begin`() async throws {
        try await SigningWorld.with { world in
            world.settings.secrets = .credentials(folder: nil)
            #expect(throws: KeyFolder.Failure.noCredentials) { try world.restart() }
        }
    }
}
