import DNS
import Delegates
import GRDB
import StorageParts

/// A search for delegates, of which SQLite does the most: it reads names, states and labels from indices alone.
///
/// It looks at windows of delegates, each larger than those before, until the page is full. So a page of many matches needs a look at
/// few delegates, and a page of few matches needs few statements.
struct DelegateSearch: Sendable {
    private let filter: DelegateFilter
    private let name: DomainName?
    private let maximum: Int
    private let maximumLook: Int

    /// The number of delegates that one page looks at. A million of them take some tenths of a second.
    static let maximumLook = 1_000_000
    /// How long a page looks for more. A slow disk or a busy machine gets shorter pages.
    private static let patience = Duration.seconds(1)
    /// The limit on searches at a time; more are refused.
    static let maximumPending = 16
    private static let firstWindow = 2_000
    /// In a larger window, one look at all labels takes less time than a look-up for each delegate.
    private static let smallWindow = 20_000

    /// - Parameters:
    ///   - name: the name after which to begin; `nil` for the beginning.
    ///   - maximum: the maximum number of delegates in the page.
    ///   - maximumLook: the number of delegates to look at.
    init(_ filter: DelegateFilter, after name: DomainName?, maximum: Int, maximumLook: Int = Self.maximumLook) {
        self.filter = filter
        self.name = name
        self.maximum = maximum
        self.maximumLook = maximumLook
    }

    func page(in database: Database) throws -> DelegatePage {
        var page = DelegatePage(records: [], next: name)
        var looked = 0
        let began = ContinuousClock.now
        repeat {
            let window = min(max(Self.firstWindow, looked * 8), maximumLook - looked)
            let end = try end(of: window, after: page.next, in: database)
            let wanted = maximum - page.records.count
            let records = try records(
                after: page.next, through: end, maximum: wanted, isSmall: window < Self.smallWindow, in: database)
            page.records += try records.filter { record in
                try filter.includes(record) { try labels(of: record.name, in: database) }
            }
            page.next = records.count < wanted ? end : records.last?.name
            guard records.count < wanted, end != nil else { break }
            looked += window
        } while looked < maximumLook && began.duration(to: .now) < Self.patience
        return page
    }

    /// The last delegate of a window; `nil` if the window reaches to the end.
    private func end(of window: Int, after name: DomainName?, in database: Database) throws -> DomainName? {
        guard filter != DelegateFilter() else { return nil }
        let select = try database.cachedStatement(
            sql: "SELECT name FROM delegate \(index.hint) WHERE name > ? \(index.condition) ORDER BY name LIMIT 1 OFFSET ?")
        return try String.fetchOne(select, arguments: [name?.storedText ?? "", window - 1]).map { try DomainName($0) }
    }

    /// The delegates that the filter may include: all that it does include, and some that it may not because of letters for which
    /// SQLite knows no cases.
    private func records(
        after name: DomainName?, through end: DomainName?, maximum: Int, isSmall: Bool, in database: Database
    ) throws -> [DelegateRecord] {
        var conditions = "WHERE name > :start \(index.condition) \(restOfState)"
        var arguments: [String: any DatabaseValueConvertible] = ["start": name?.storedText ?? "", "maximum": maximum]
        if let end {
            conditions += " AND name <= :end"
            arguments["end"] = end.storedText
        }
        if let text = filter.text {
            conditions += " AND (instr(name, :text) > 0 OR \(isSmall ? Self.hasLabel : Self.isLabelled))"
            arguments["text"] = text.lowercased()
        }
        let select = try database.cachedStatement(
            sql: "\(DelegateRecord.select) \(index.hint) \(conditions) ORDER BY name LIMIT :maximum")
        return try Row.fetchAll(select, arguments: StatementArguments(arguments)).map { try DelegateRecord(row: $0) }
    }

    private func labels(of name: DomainName, in database: Database) throws -> [String] {
        let select = try database.cachedStatement(
            sql: "SELECT label FROM credential WHERE delegate_id = (SELECT id FROM delegate WHERE name = ?)")
        return try String.fetchAll(select, arguments: [name.storedText])
    }
}

/// Conditions of the statements.
extension DelegateSearch {
    /// Whether the text is in a label, or can be: SQLite knows the cases of ASCII letters only.
    private static let matches = "(instr(lower(label), :text) > 0 OR length(label) < length(CAST(label AS BLOB)))"
    private static let hasLabel = """
        EXISTS (SELECT 1 FROM credential INDEXED BY credential_label
        WHERE delegate_id = delegate.id AND label <> '' AND \(matches))
        """
    private static let isLabelled = """
        id IN (SELECT delegate_id FROM credential INDEXED BY credential_label
        WHERE delegate_id IS NOT NULL AND label <> '' AND \(matches))
        """

    /// The index that has a state's delegates in the order of their names, and the condition for being in it.
    private var index: (hint: String, condition: String) {
        switch filter.state {
        case nil, .active: ("", "")
        case .deleted: ("INDEXED BY delegate_deleted", "AND deleted_at IS NOT NULL")
        case .disabled: ("INDEXED BY delegate_disabled", "AND deleted_at IS NULL AND disabled_at IS NOT NULL")
        case .prepared, .unused:
            (
                "INDEXED BY delegate_unpublished",
                "AND deleted_at IS NULL AND disabled_at IS NULL AND first_published_at IS NULL"
            )
        }
    }

    /// What the index does not say of the state: see ``DelegateRecord/state``.
    private var restOfState: String {
        let hasKey = "EXISTS (SELECT 1 FROM credential WHERE delegate_id = delegate.id)"
        return switch filter.state {
        case nil, .deleted, .disabled: ""
        case .active: "AND deleted_at IS NULL AND disabled_at IS NULL AND first_published_at IS NOT NULL"
        case .prepared: "AND NOT \(hasKey)"
        case .unused: "AND \(hasKey)"
        }
    }
}
