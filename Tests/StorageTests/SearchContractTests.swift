import DNS
import Delegates
import TestSupport
import Testing

@testable import SQLiteStorage

/// Searches for delegates, in every storage.
struct SearchContractTests: StorageContract {
    private func enrol(_ labels: [(name: String, label: String)], in storage: any DelegateStorage) async throws {
        for (label, text) in labels {
            let new = NewCredential(
                for: .delegate(try name(label)), label: text, allowedNetworks: .all, created: Samples.start)
            try await storage.commit(.enrol(with: new.credential), at: Samples.start)
        }
    }

    private func found(
        _ text: String?, _ state: DelegateRecord.State? = nil, in storage: any DelegateStorage
    ) async throws -> [String] {
        let filter = DelegateFilter(state: state, text: text)
        return try await storage.delegates(filter, after: nil, maximum: 100).records.map {
            String($0.name.withoutFinalDot.prefix { $0 != "." })
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `names and labels are searched in any case, and no character is a wildcard`(_ kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            try await enrol(
                [("web-1", ""), ("web_2", "Büro NORD"), ("mail", "100 %"), ("x", "it's \"fine\"")], in: storage)
            for (text, expected) in [
                ("WEB", ["web-1", "web_2"]), ("b_2", ["web_2"]), ("web_", ["web_2"]), ("BÜRO", ["web_2"]),
                ("büro n", ["web_2"]),
                ("nord", ["web_2"]), ("%", ["mail"]), ("0 %", ["mail"]), ("'s \"", ["x"]), ("m%l", []), ("'", ["x"]),
                ("D.EXAMPLE", ["mail", "web-1", "web_2", "x"]), ("", ["mail", "web-1", "web_2", "x"]), ("nowhere", []),
                ("web\u{0}", []), ("*", []), ("ü", ["web_2"]),
            ] {
                #expect(try await found(text, in: storage) == expected, "\(text)")
            }
            // The key of a group is none of its members'.
            try await storage.commit(.makeGroup(try OperatorLabel("team")), at: Samples.start)
            let key = NewCredential(
                for: .group(try OperatorLabel("team")), label: "secret", allowedNetworks: .all, created: Samples.start)
            try await storage.commit(.addCredential(key.credential, maximum: 2), at: Samples.start)
            #expect(try await found("secret", in: storage) == [])
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `each state is found alone and together with a text`(_ kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            try await enrol(["a1", "a2", "b1", "b2", "c1", "c2"].map { ($0, "") }, in: storage)
            for label in ["p1", "p2"] {
                try await storage.commit(.enrol(NewDelegate(name: try name(label))), at: Samples.start)
            }
            for label in ["a1", "a2", "b1"] {
                _ = try await storage.publish(Samples.value(1), at: try name(label), at: Samples.start)
            }
            for label in ["b1", "b2"] { try await storage.commit(.disable(delegate: try name(label)), at: Samples.start) }
            for label in ["c1", "b2"] { try await storage.commit(.delete(delegate: try name(label)), at: Samples.start) }
            let states: [DelegateRecord.State: [String]] = [
                .active: ["a1", "a2"], .disabled: ["b1"], .deleted: ["b2", "c1"], .unused: ["c2"], .prepared: ["p1", "p2"],
            ]
            for state in DelegateRecord.State.allCases {
                let expected = states[state] ?? []
                #expect(try await found(nil, state, in: storage) == expected, "\(state)")
                let (ones, none) = (try await found("1", state, in: storage), try await found("x1", state, in: storage))
                #expect(ones == expected.filter { $0.hasSuffix("1") } && none == [])
            }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `a page has as many as were asked for, however few of all are included`(_ kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            try await enrol((0..<30).map { ("n\($0)", $0 % 10 == 3 ? "web" : "") }, in: storage)
            let first = try await storage.delegates(DelegateFilter(text: "web"), after: nil, maximum: 2)
            let found = try ["n13", "n23", "n3"].map { try name($0) }
            #expect(first.records.map(\.name) == Array(found.prefix(2)))
            let next = try #require(first.next)
            let rest = try await storage.delegates(DelegateFilter(text: "web"), after: next, maximum: 2)
            #expect(rest.records.map(\.name) == Array(found.suffix(1)) && rest.next == nil)
        }
    }

    @Test func `few among many are found, in whatever window they are`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { storage in
                let wanted: Set = [3, 1_999, 2_000, 2_001, 17_000, 20_000, 20_999]
                let delegates = try (0..<21_000).map { index in
                    let name = try name("n\(100_000 + index)")
                    let label = wanted.contains(index) ? "Büro \(index)" : index % 2 == 0 ? "web" : ""
                    let new = NewCredential(for: .delegate(name), label: label, allowedNetworks: .all, created: Samples.start)
                    return NewDelegate(name: name, credential: new.credential, imported: [])
                }
                _ = try await storage.enrol(imported: delegates, at: Samples.start)
                for (text, maximum) in [("BÜRO", 100), ("büro", 7), ("ro 2", 100)] {
                    let expected = wanted.sorted().filter { text != "ro 2" || String($0).hasPrefix("2") }
                    let page = try await storage.delegates(DelegateFilter(text: text), after: nil, maximum: maximum)
                    #expect(page.records.map(\.name) == expected.map { delegates[$0].name }, "\(text)")
                    #expect((page.next == nil) == (maximum == 100))
                }
            }
        }
    }

    @Test func `a page that has looked at enough delegates ends, and the next one goes on after it`() async throws {
        try await withTemporaryFolder { folder in
            try await withSQLite(in: folder) { storage in
                try await enrol((0..<9).map { ("n\($0)", $0 == 6 ? "web" : "") }, in: storage)
                try await storage.commit(.disable(delegate: try name("n7")), at: Samples.start)
                for filter in [DelegateFilter(text: "web"), DelegateFilter(state: .unused, text: "n6")] {
                    var pages: [DelegatePage] = []
                    repeat {
                        let search = DelegateSearch(filter, after: pages.last?.next, maximum: 5, maximumLook: 3)
                        pages.append(try await storage.searches.read { try search.page(in: $0) })
                    } while pages.last?.next != nil
                    let (found, end) = (try name("n6"), try name("n2"))
                    #expect(pages.flatMap(\.records).map(\.name) == [found])
                    #expect(pages.count > 2 && pages[0].records.isEmpty && pages[0].next == end)
                }
            }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `delegates are listed in pages, filtered by state, name and label`(_ kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            for index in 0..<7 {
                let key = credential(.delegate(try name("n\(index)")), label: index == 5 ? "Web server" : "")
                try await storage.commit(.enrol(with: key.credential), at: Samples.start)
            }
            try await storage.commit(.disable(delegate: try name("n3")), at: Samples.start)
            try await storage.commit(.delete(delegate: try name("n4")), at: Samples.start)
            func list(_ filter: DelegateFilter, page: Int = 3) async throws -> [String] {
                var names: [String] = []
                var after: DomainName?
                repeat {
                    let page = try await storage.delegates(filter, after: after, maximum: page)
                    names += page.records.map { String($0.name.withoutFinalDot.prefix(2)) }
                    after = page.next
                } while after != nil
                return names
            }
            #expect(try await list(DelegateFilter()) == ["n0", "n1", "n2", "n3", "n4", "n5", "n6"])
            #expect(try await list(DelegateFilter(), page: 7) == ["n0", "n1", "n2", "n3", "n4", "n5", "n6"])
            #expect(try await list(DelegateFilter(state: .unused)) == ["n0", "n1", "n2", "n5", "n6"])
            #expect(try await list(DelegateFilter(state: .deleted)) == ["n4"])
            #expect(try await list(DelegateFilter(text: "WEB")) == ["n5"])
            #expect(try await list(DelegateFilter(text: "N6.d.ex")) == ["n6"])
        }
    }
}
