import DNS
import Delegates
import PostgreSQL
import StorageParts

/// A search for delegates. It looks at windows of delegates, each larger than those before, until the page is full. So a page of many matches
/// needs a look at few delegates, and a page of few matches needs few statements.
struct DelegateSearch {
    private let filter: DelegateFilter
    private let name: DomainName?
    private let maximum: Int

    /// The number of delegates that one page looks at.
    private static let maximumLook = 200_000
    private static let firstWindow = 2_000

    /// - Parameters:
    ///   - name: the name after which to begin; `nil` for the beginning.
    ///   - maximum: the maximum number of delegates in the page.
    init(_ filter: DelegateFilter, after name: DomainName?, maximum: Int) {
        self.filter = filter
        self.name = name
        self.maximum = maximum
    }

    func page(
        _ run: (Statement) async throws(StorageError) -> ResultRows
    ) async throws(StorageError) -> DelegatePage {
        // No name and no label has the octet that no text of PostgreSQL has.
        if filter.text?.utf8.contains(0) == true { return DelegatePage(records: [], next: nil) }
        var page = DelegatePage(records: [], next: name)
        var looked = 0
        repeat {
            let window = min(max(Self.firstWindow, looked * 8), Self.maximumLook - looked)
            let wanted = maximum - page.records.count
            let rows = try await run(statement(after: page.next, window: window, maximum: wanted))
            do {
                let found = try Found(rows, filter)
                page.records += found.records
                page.next = found.count == wanted ? found.last : found.seen < window ? nil : found.end
                guard found.count < wanted, page.next != nil else { return page }
            } catch {
                throw .database(error)
            }
            looked += window
        } while looked < Self.maximumLook
        return page
    }

    /// - Parameter window: the number of delegates to look at.
    private func statement(after name: DomainName?, window: Int, maximum: Int) -> Statement {
        var parameters: [Statement.Parameter] = [
            .text(name?.storedText ?? ""), .integer(Int64(window)), .integer(Int64(maximum)),
        ]
        var matches = restOfState
        if let text = filter.text {
            parameters.append(.text(text.lowercased()))
            matches += """
                 AND (strpos(name, $4) > 0 OR EXISTS (SELECT 1 FROM credential WHERE delegate_id = delegate.id AND label <> ''
                    AND (strpos(lower(label), $4) > 0 OR length(label) < octet_length(label))))
                """
        }
        // The first row tells where the window ends, and how many delegates are in it.
        return Statement(
            """
            WITH seen AS MATERIALIZED (
                SELECT id, name, enrolled_at, first_published_at, disabled_at, deleted_at, prepared_for FROM delegate
                WHERE name > $1 \(state) ORDER BY name LIMIT $2),
            chosen AS (SELECT * FROM seen AS delegate WHERE \(matches) ORDER BY name LIMIT $3)
            SELECT coalesce(max(name), ''), count(*), NULL, NULL, NULL, NULL, 0::bigint, NULL, NULL, false AS is_found FROM seen
            UNION ALL
            SELECT name, enrolled_at, first_published_at, disabled_at, deleted_at, prepared_for,
                (SELECT count(*) FROM credential WHERE delegate_id = chosen.id),
                (SELECT max(last_used_at) FROM credential WHERE delegate_id = chosen.id),
                (SELECT string_agg(label, chr(10)) FROM credential WHERE delegate_id = chosen.id), true
            FROM chosen ORDER BY is_found, 1
            """, parameters)
    }

    /// What one window has.
    private struct Found {
        /// The delegates that the filter includes.
        var records: [DelegateRecord] = []
        /// The number of delegates that PostgreSQL has chosen, and the last of them.
        var count: Int
        var last: DomainName?
        /// The number of delegates in the window, and the last of them.
        var seen: Int
        var end: DomainName?

        init(_ rows: ResultRows, _ filter: DelegateFilter) throws {
            guard let summary = rows.first else { throw PostgreSQLError("a search has no result") }
            count = rows.count - 1
            seen = Int(try summary.integer(1))
            end = seen == 0 ? nil : try DomainName(summary.text(0))
            for index in 1..<max(1, rows.count) {
                let record = try DelegateRecord(row: rows[index])
                last = record.name
                let labels = (try rows[index].textIfAny(8) ?? "").split(separator: "\n").map(String.init)
                // PostgreSQL's idea of upper and lower case depends on the database.
                if filter.includes(record, labels: { labels }) { records.append(record) }
            }
        }
    }

    /// What an index knows of the state, for the window.
    private var state: String {
        switch filter.state {
        case nil, .active: ""
        case .deleted: "AND deleted_at IS NOT NULL"
        case .disabled: "AND deleted_at IS NULL AND disabled_at IS NOT NULL"
        case .prepared, .unused: "AND deleted_at IS NULL AND disabled_at IS NULL AND first_published_at IS NULL"
        }
    }

    /// What the index does not say of the state: see ``DelegateRecord/state``.
    private var restOfState: String {
        let hasKey = "EXISTS (SELECT 1 FROM credential WHERE delegate_id = delegate.id)"
        return switch filter.state {
        case nil, .deleted, .disabled: "true"
        case .active: "deleted_at IS NULL AND disabled_at IS NULL AND first_published_at IS NOT NULL"
        case .prepared: "NOT \(hasKey)"
        case .unused: hasKey
        }
    }
}
