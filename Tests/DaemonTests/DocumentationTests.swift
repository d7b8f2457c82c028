import Daemon
import Foundation
import Testing

/// The documentation says what the program does.
struct DocumentationTests {
    static func text(of path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    @Test func `docs/configuration.md has a row for each key, in order, with default and variable`() throws {
        let rows = try Self.text(of: "docs/configuration.md").split(separator: "\n")
            .filter { $0.hasPrefix("| `") }
            .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
            .filter { row in row.count >= 5 && row[3].hasPrefix("`NUNCIO_") }
        #expect(rows.map { $0[0] } == ConfigurationKey.all.map { "`\($0.name)`" })
        for (row, key) in zip(rows, ConfigurationKey.all) {
            #expect(row[2].contains(key.defaultText ?? "required"), "\(key.name)")
            #expect(row[3] == "`\(key.environmentVariable)`")
            #expect(!row[4].isEmpty)
        }
    }

    @Test func `docs/configuration.md shows the example that is tested`() throws {
        #expect(try Self.text(of: "docs/configuration.md").contains(ConfigurationTests.example))
    }

    @Test(arguments: [
        "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "docs/configuration.md",
        "docs/acme-dns-compatibility.md", "docs/README.md", "docs/api.md", "docs/caa.md", "docs/clients.md", "docs/doctor.md",
        "docs/command-line.md",
        "docs/conformance.md", "docs/containers.md", "docs/deployment.md",
        "docs/dnssec.md", "docs/metrics.md", "docs/moving.md", "docs/nodes.md", "docs/operator.md", "docs/performance.md",
        "docs/recovery.md",
        "docs/security.md", "docs/troubleshooting.md",
    ])
    func `links lead to files that are there`(path: String) throws {
        let folder = URL(filePath: path).deletingLastPathComponent().relativePath
        for match in try Self.text(of: path).matches(of: /\]\((?!https?:|#|mailto:)([^)#\s]+)/) {
            let target = folder == "." ? String(match.1) : "\(folder)/\(match.1)"
            #expect(throws: Never.self, "\(path) → \(match.1)") { try Self.text(of: target) }
        }
    }
}
