import Foundation
import Glibc
import TestSupport
import Testing

/// The messages about files that cannot be used: the file, the cause, and none of the libraries' own words.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct ErrorTextTests {
    /// Words that are of no use to a person.
    private static let raw = [
        "could not be completed", "Domain", "errno", "SQLite error", "failedToLoad", "descriptor:", "Error(",
    ]

    private func expect(
        _ text: String, exitCode: Int, of arguments: [String], in folder: URL, wrapper: [String] = [],
        location: SourceLocation = #_sourceLocation
    ) async throws {
        let result = try await NuncioProcess.run(arguments, in: folder, wrapper: wrapper)
        let all = result.out + result.error
        #expect(result.exitCode == exitCode && all.contains(text), "\(result)", sourceLocation: location)
        for words in Self.raw where all.contains(words) { Issue.record("“\(words)”: \(all)", sourceLocation: location) }
    }

    private func withConfiguration(_ more: String = "", _ body: (URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder) { $0 += more }
            try FileManager.default.createDirectory(
                at: folder.appending(path: "folder"), withIntermediateDirectories: false)
            try await body(folder)
        }
    }

    @Test(arguments: [
        (["config", "check", "--config", "folder"], 2, "“folder” cannot be read: it is a folder"),
        (["config", "check", "--json", "--config", "folder"], 2, "“folder” cannot be read: it is a folder"),
        (["config", "check", "--config", "nuncio.yaml/x"], 2, "“nuncio.yaml/x” cannot be read: Not a directory"),
        (["config", "check", "--config", "latin1"], 2, "“latin1” cannot be read: it is not text in UTF-8"),
        (["config", "check", "--config", "control"], 2, "control:2: this is not YAML: control characters are not allowed\n"),
        (["serve", "--config", "nuncio.yaml", "--storage", "folder"], 4, "“folder” cannot be opened: it is a folder"),
        (["serve", "--config", "nuncio.yaml", "--storage", "latin1/x/y"], 4, "its folder cannot be made: Not a directory"),
        (["restore", "folder", "--config", "nuncio.yaml"], 4, "“folder” cannot be read: it is a folder"),
        (["backup", "a", "--storage", "latin1/x"], 4, "“latin1/x” cannot be read: Not a directory"),
        (["restore", "latin1", "--config", "nuncio.yaml"], 4, "“latin1” cannot be read: it is not an SQLite file"),
        (["dnssec", "generate", "d.example.net", "--output", "latin1"], 5, "in “latin1”: Not a directory"),
        (["publish", "--credentials", "folder", "--", "a"], 5, "“folder” cannot be read: it is a folder"),
    ])
    func `a file that cannot be used is told with the cause`(arguments: [String], exitCode: Int, text: String) async throws {
        try await withConfiguration { folder in
            try Data([0x6D, 0xFC, 0x6E]).write(to: folder.appending(path: "latin1"))
            try Data("zones: []\na: \"\u{1}\"\n".utf8).write(to: folder.appending(path: "control"))
            try await expect(text, exitCode: exitCode, of: arguments, in: folder)
        }
    }

    @Test(.enabled("only root can be another user") { geteuid() == 0 })
    func `a file that another user may not read is told with that user's name`() async throws {
        try await withConfiguration("zone-files: [\"zones\"]\n") { folder in
            let plain = folder.appending(path: "plain")
            try FileManager.default.createDirectory(at: plain, withIntermediateDirectories: false)
            try NuncioProcess.writeConfiguration(in: plain)
            let zones = folder.appending(path: "zones")
            try FileManager.default.createDirectory(at: zones, withIntermediateDirectories: false)
            let secret = zones.appending(path: "a.zone").path
            try Data().write(to: URL(filePath: secret))
            chmod(secret, 0)
            chmod(folder.path, 0o755)
            let nobody = ["/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
            let cause = "cannot be read: Permission denied (this runs as the user “nobody”)"
            try await expect(
                "“zones/a.zone” \(cause)", exitCode: 2, of: ["config", "check", "--config", "nuncio.yaml"], in: folder,
                wrapper: nobody)
            try await expect(
                "“zones/a.zone” \(cause)", exitCode: 2, of: ["config", "check", "--config", "zones/a.zone"], in: folder,
                wrapper: nobody)
            try await expect(
                "“zones/a.zone” \(cause)", exitCode: 4, of: ["backup", "b", "--storage", "zones/a.zone"], in: folder,
                wrapper: nobody)
            try await expect(
                "“zones/a.zone” \(cause)", exitCode: 5,
                of: ["import", "acme-dns", "--config", "plain/nuncio.yaml", "--database", "zones/a.zone"], in: folder,
                wrapper: nobody)
        }
    }

    @Test(arguments: [
        ("none", "none", "the certificate “none” cannot be read: No such file or directory"),
        ("nuncio.yaml", "none", "the key “none” cannot be read: No such file or directory"),
        ("folder", "nuncio.yaml", "the certificate “folder” cannot be read: it is a folder"),
        ("nuncio.yaml", "nuncio.yaml", "the certificate “nuncio.yaml” cannot be read: it contains no certificate in PEM"),
        (
            "certificate", "nuncio.yaml",
            "the key “nuncio.yaml” cannot be read: it contains no private key without a passphrase in PEM"
        ),
        ("certificate", "other", "do not match: the key is not that of the first certificate"),
    ])
    func `a certificate or key that cannot be used is told with the cause`(
        certificate: String, key: String, text: String
    ) async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder) {
                $0 = $0.replacing(
                    "nameserver:\n",
                    with: """
                        nameserver:
                          tls:
                            listen: ["127.0.0.1:0"]
                            certificate: "\(certificate)"
                            key: "\(key)"

                        """)
            }
            try FileManager.default.createDirectory(
                at: folder.appending(path: "folder"), withIntermediateDirectories: false)
            try await SelfSignedCertificate.make(named: "a.example", certificate: "certificate", key: "key", in: folder)
            try await SelfSignedCertificate.make(named: "a.example", certificate: "unused", key: "other", in: folder)
            for command in [["serve"], ["config", "check"], ["config", "check", "--json"]] {
                try await expect(text, exitCode: 2, of: command + ["--config", "nuncio.yaml"], in: folder)
            }
        }
    }
}
