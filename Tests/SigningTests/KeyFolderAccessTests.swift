import DNS
import DNSSEC
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Signing

/// The refusal of files and folders that others can read, write or own.
struct KeyFolderAccessTests {
    private let apex: DomainName

    init() throws {
        apex = try DomainName("Example.net")
    }

    @Test func `what others could read or have put there is not taken`() async throws {
        try await withKeyFolder { keys, folder in
            let made = try keys.makeKey(.ed25519, .combined, of: apex, besides: [])
            let entry = ZoneKeys.Key(made, role: .combined)
            let file = folder.path + "/" + KeyFile.name(apex: apex, algorithm: .ed25519, tag: made.tag)
            chmod(file, 0o640)
            #expect(keyFailure { _ = try keys.key(entry, of: apex) } == .readableByOthers(path: file))
            chmod(file, 0o600)
            try FileManager.default.moveItem(atPath: file, toPath: folder.path + "/elsewhere")
            #expect(keyFailure { _ = try keys.key(entry, of: apex) } == .missingKey(path: file, apex: apex))
            symlink("elsewhere", file)
            let linked = keyFailure { _ = try keys.key(entry, of: apex) }
            #expect(linked == .system(.open, path: file, reason: "Too many levels of symbolic links"))
            unlink(file)
            try Data("nothing".utf8).write(to: URL(filePath: file))
            chmod(file, 0o600)
            let nothing = keyFailure { _ = try keys.key(entry, of: apex) }
            #expect(nothing == .wrongKey(path: file, tag: made.tag, apex: apex, .noFormat))
            let state = folder.path + "/example.net.state"
            try Data("{".utf8).write(to: URL(filePath: state))
            #expect(keyFailure { _ = try keys.state(of: apex) } == .unreadableState(path: state))
        }
        try await withTemporaryFolder { parent in
            let folder = parent.appending(path: "keys").path
            mkdir(folder, 0o777)
            chmod(folder, 0o777)
            let opened = keyFailure { _ = try KeyFolder(path: folder, secretsPath: nil) }
            #expect(opened == .writableByOthers(.keyFolder(path: folder)))
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func `what belongs to another user is not used`() async throws {
        try await withTemporaryFolder { parent in
            let folder = parent.appending(path: "keys").path
            var made: SigningKey?
            do {
                let keys = try KeyFolder(path: folder, secretsPath: nil)
                let key = try keys.makeKey(.ed25519, .combined, of: apex, besides: [])
                try keys.keep(ZoneKeys(keys: [ZoneKeys.Key(key, role: .combined)]), of: apex, after: nil)
                made = key
            }
            let key = try #require(made)
            let files = [KeyFile.name(apex: apex, algorithm: .ed25519, tag: key.tag), "example.net.state"].map {
                folder + "/" + $0
            }
            let places = [KeyFolder.Place.keyFolder(path: folder)] + files.map { .file(path: $0) }
            for (path, place) in zip([folder] + files, places) {
                chown(path, 65_534, 65_534)
                let refusal = keyFailure {
                    let keys = try KeyFolder(path: folder, secretsPath: nil)
                    _ = try keys.state(of: apex)
                    _ = try keys.key(ZoneKeys.Key(key, role: .combined), of: apex)
                }
                #expect(refusal == .ownedByOther(place, owner: 65_534, user: 0))
                // Root may look at a service's keys.
                let looking = try KeyFolder(path: folder, secretsPath: nil, to: .look)
                #expect(try looking.key(ZoneKeys.Key(key, role: .combined), of: apex).dnskey == key.dnskey)
                chown(path, 0, 0)
            }
            let credentials = parent.appending(path: "credentials").path
            mkdir(credentials, 0o700)
            chown(credentials, 65_534, 65_534)
            func opened() -> KeyFolder.Failure? { keyFailure { _ = try KeyFolder(path: folder, secretsPath: credentials) } }
            #expect(opened() == .ownedByOther(.credentials(path: credentials), owner: 65_534, user: 0))
            chown(credentials, 0, 0)
            chmod(credentials, 0o777)
            #expect(opened() == .writableByOthers(.credentials(path: credentials)))
        }
    }
}
