import CAA
import Foundation
import Testing

/// docs/caa.md says what the program knows.
struct AuthorityPageTests {
    private func page() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "docs/caa.md"), encoding: .utf8)
    }

    @Test func `the page has the same table as the program`() throws {
        let page = try page()
        let rows = page.split(separator: "\n").map(String.init)
        let head = try #require(rows.firstIndex { $0.hasPrefix("| authority | names") })
        let wanted = AuthorityTable.entries.map { entry in
            let identities = entry.identities.map { "`\($0)`" }.joined(separator: ", ")
            let support = entry.honoursSince == nil ? "unknown" : entry.source
            let accounts = entry.accountForms.map { "`\($0)`" } + entry.stagingForms.map { "staging `\($0)`" }
            return
                "| \(entry.name) | \(identities) | \(support) | \(accounts.isEmpty ? "unknown" : accounts.joined(separator: ", ")) |"
        }
        #expect(Array(rows[(head + 2)...].prefix { $0.hasPrefix("|") }) == wanted)
        #expect(page.contains("as of \(AuthorityTable.asOf)") && page.contains("From \(AuthorityTable.obligation) on"))
    }

    @Test func `the page lists the near misses`() throws {
        let page = try page()
        let section = try #require(page.range(of: "## Near misses"))
        let kinds = page[section.upperBound...].matches(of: /\n\| `([a-z-]+)` \|/).map { String($0.1) }
        #expect(kinds == SpellingFinding.Kind.allCases.map(\.rawValue))
    }
}
