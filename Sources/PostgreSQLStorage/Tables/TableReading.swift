import DNS
import Delegates
import PostgreSQL
import StorageParts

/// Reads the rows that the rules need: a statement for each kind of row, however many of them are needed.
struct TableReading {
    private(set) var statements: [Statement] = []
    private var takes: [(inout PostgreSQLTables, ResultRows) throws -> Void] = []

    init(_ needs: Set<Need>) {
        readDelegates(needs.compactMap { if case .delegate(let name) = $0 { name } else { nil } })
        readCredentials(needs.compactMap { if case .credential(let username) = $0 { username } else { nil } })
        readNetworkUses(
            needs.compactMap { need in
                if case .networkUse(let network, let username) = need { (network, username) } else { nil }
            })
        readTokens(needs.compactMap { if case .token(let label) = $0 { label } else { nil } })
        readGroups(needs.compactMap { if case .group(let label) = $0 { label } else { nil } })
        readMemberships(needs.compactMap { if case .member(let membership) = $0 { membership } else { nil } })
        readSerials(needs.compactMap { if case .serial(let zone) = $0 { zone } else { nil } })
        readSecrets(needs.compactMap { if case .secret(let name) = $0 { name } else { nil } })
        readDomains(needs.compactMap { if case .domains(let delegate) = $0 { delegate } else { nil } })
        // Few changes need the others.
        for need in needs {
            switch need {
            case .credentials(let scope): readCredentials(of: scope)
            case .members(let group): readMembers(of: group)
            case .prepared(let token, let maximum): readPrepared(for: token, maximum)
            case .delegateCount(let network, let maximum): countDelegates(of: network, maximum)
            case .oldestFeedEntries(let maximum): readOldestFeedEntries(maximum)
            case .oldestAuditEntries(let maximum): readOldestAuditEntries(maximum)
            case .delegate, .credential, .networkUse, .token, .group, .member, .serial, .secret, .domains: break
            }
        }
    }

    private mutating func read(
        _ text: String, _ parameters: [Statement.Parameter], take: @escaping (inout PostgreSQLTables, ResultRows) throws -> Void
    ) {
        statements.append(Statement(text, parameters))
        takes.append(take)
    }

    /// Notes what the statements have returned.
    func take(_ results: some Collection<ResultRows>, into tables: inout PostgreSQLTables) throws {
        for (take, rows) in zip(takes, results) { try take(&tables, rows) }
    }

    // MARK: Delegates

    private mutating func readDelegates(_ names: [DomainName]) {
        guard !names.isEmpty else { return }
        let texts = Statement.Parameter.texts(names.map(\.storedText))
        read(DelegateRow.select + "WHERE name = ANY ($1)", [texts]) { tables, rows in
            for name in names { tables.delegates.note(nil, at: name) }
            try tables.noteDelegates(rows)
        }
        read(
            """
            SELECT delegate_id, value, sequence, published_at FROM challenge_value
            WHERE delegate_id IN (SELECT id FROM delegate WHERE name = ANY ($1))
            """, [texts]
        ) { tables, rows in try tables.noteValues(rows) }
    }

    private mutating func readPrepared(for token: OperatorLabel, _ maximum: Int) {
        let parameters: [Statement.Parameter] = [.text(token.description), .integer(Int64(maximum))]
        let condition = "WHERE prepared_for = $1 AND disabled_at IS NULL ORDER BY id LIMIT $2"
        read(DelegateRow.select + condition, parameters) { tables, rows in
            try tables.noteDelegates(rows)
            let last = rows.count < maximum ? nil : try rows[rows.count - 1].integer(0)
            tables.prepared[token] = PostgreSQLTables.PreparedSearch(maximum: maximum, lastID: last)
        }
        read(
            """
            SELECT delegate_id, value, sequence, published_at FROM challenge_value
            WHERE delegate_id IN (SELECT id FROM delegate \(condition))
            """, parameters
        ) { tables, rows in try tables.noteValues(rows) }
        // A claim may declare domains. One that had to wait for them would make all later ones wait, too.
        read(
            DomainRecord.select + ", delegate_id " + DomainRecord.from
                + "WHERE delegate_id IN (SELECT id FROM delegate \(condition))", parameters
        ) { tables, rows in
            let prepared = tables.delegates.known.map(\.row).filter { $0.preparedFor == token }.map(\.id)
            try tables.noteDomains(rows, of: prepared)
        }
    }

    private mutating func countDelegates(of network: IPNetwork, _ maximum: Int) {
        read(
            "SELECT count(*) FROM (SELECT 1 FROM delegate WHERE enrolled_from = $1 LIMIT $2) AS counted",
            [.text(network.description), .integer(Int64(maximum + ChangeQueue.maximumBatch))]
        ) { tables, rows in
            let count = Int(try rows.first?.integer(0) ?? 0)
            tables.delegateCounts[network] = PostgreSQLTables.DelegateCount(maximum: maximum, count: count)
        }
    }

    private mutating func readDomains(_ delegates: [Int64]) {
        guard !delegates.isEmpty else { return }
        read(
            DomainRecord.select + ", delegate_id " + DomainRecord.from + "WHERE delegate_id = ANY ($1)", [.integers(delegates)]
        ) { tables, rows in
            try tables.noteDomains(rows, of: delegates)
        }
    }

    // MARK: Credentials

    private mutating func readCredentials(_ usernames: [UniqueID]) {
        guard !usernames.isEmpty else { return }
        read(Credential.select + "WHERE username = ANY ($1)", [.texts(usernames.map(\.description))]) { tables, rows in
            for username in usernames { tables.credentials.note(nil, at: username) }
            try tables.noteCredentials(rows)
        }
    }

    private mutating func readCredentials(of scope: Credential.Scope) {
        let (condition, argument) = scope.condition
        read(Credential.select + condition, [.text(argument)]) { tables, rows in
            try tables.noteCredentials(rows)
            tables.wholeScopes.insert(scope)
        }
    }

    private mutating func readNetworkUses(_ uses: [(network: IPNetwork, username: UniqueID)]) {
        guard !uses.isEmpty else { return }
        read(
            """
            SELECT count(other.network), coalesce(bool_or(other.network = used.network), false)
            FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS used (username, network, place)
            LEFT JOIN credential_network AS other ON other.username = used.username
            GROUP BY place ORDER BY place
            """, [.texts(uses.map(\.username.description)), .texts(uses.map(\.network.description))]
        ) { tables, rows in
            for (index, use) in uses.enumerated() where index < rows.count {
                let isKnown = try rows[index].boolean(1)
                tables.networkCounts.note(Int(try rows[index].integer(0)), at: use.username)
                tables.networks.note(
                    isKnown ? Timestamp(secondsSinceEpoch: 0) : nil,
                    at: PostgreSQLTables.NetworkUse(network: use.network, username: use.username))
            }
        }
    }

    private mutating func readTokens(_ labels: [OperatorLabel]) {
        guard !labels.isEmpty else { return }
        read(RegistrationToken.select + "WHERE label = ANY ($1)", [.texts(labels.map(\.description))]) { tables, rows in
            for label in labels { tables.tokens.note(nil, at: label) }
            for token in try rows.map({ try RegistrationToken(row: $0) }) { tables.tokens.note(token, at: token.label) }
        }
    }

    // MARK: Groups

    private mutating func readGroups(_ labels: [OperatorLabel]) {
        guard !labels.isEmpty else { return }
        read("SELECT label, created_at FROM delegate_group WHERE label = ANY ($1)", [.texts(labels.map(\.description))]) {
            tables, rows in
            for label in labels { tables.groups.note(nil, at: label) }
            for index in 0..<rows.count {
                let label = try OperatorLabel(stored: rows[index].text(0))
                tables.groups.note(Timestamp(secondsSinceEpoch: try rows[index].integer(1)), at: label)
            }
        }
    }

    private mutating func readMemberships(_ memberships: [Membership]) {
        guard !memberships.isEmpty else { return }
        read(
            """
            SELECT group_label, name, id FROM unnest($1::text[], $2::text[]) AS asked (label, delegate)
            JOIN delegate ON name = delegate JOIN group_member ON group_label = label AND delegate_id = id
            """, [.texts(memberships.map(\.group.description)), .texts(memberships.map(\.delegate.storedText))]
        ) { tables, rows in
            for membership in memberships { tables.members.note(nil, at: membership) }
            try tables.noteMembers(rows)
        }
    }

    private mutating func readMembers(of group: OperatorLabel) {
        read(
            "SELECT group_label, name, id FROM group_member JOIN delegate ON id = delegate_id WHERE group_label = $1",
            [.text(group.description)]
        ) { tables, rows in
            try tables.noteMembers(rows)
            tables.wholeGroups.insert(group)
        }
    }

    // MARK: Serials, the feed, the audit log

    private mutating func readSerials(_ zones: [DomainName]) {
        guard !zones.isEmpty else { return }
        read(SerialRecord.select + "WHERE zone = ANY ($1)", [.texts(zones.map(\.storedText))]) { tables, rows in
            for zone in zones { tables.serials.note(nil, at: zone) }
            for record in try rows.map({ try SerialRecord(row: $0) }) { tables.serials.note(record, at: record.zone) }
        }
    }

    private mutating func readSecrets(_ names: [String]) {
        guard !names.isEmpty else { return }
        read(SharedSecret.select + "WHERE name = ANY ($1)", [.texts(names)]) { tables, rows in
            for name in names { tables.secrets.note(nil, at: name) }
            for secret in try rows.map({ try SharedSecret(row: $0) }) { tables.secrets.note(secret, at: secret.name) }
        }
    }

    private mutating func readOldestFeedEntries(_ maximum: Int) {
        read(
            "SELECT number + places - 1, time FROM change_feed WHERE part = 0 ORDER BY number LIMIT $1",
            [.integer(Int64(maximum))]
        ) { tables, rows in
            let marks = try rows.map { row in
                FeedMark(
                    lastPlace: try ChangeSequence(stored: row.integer(0)),
                    time: Timestamp(secondsSinceEpoch: try row.integer(1)))
            }
            tables.oldestFeed = (maximum, marks)
        }
    }

    private mutating func readOldestAuditEntries(_ maximum: Int) {
        read("SELECT number, time, digest FROM audit_entry ORDER BY number LIMIT $1", [.integer(Int64(maximum))]) {
            tables, rows in
            tables.oldestAudit = (maximum, try rows.map { try AuditPlace(row: $0) })
        }
    }
}

extension PostgreSQLTables {
    fileprivate mutating func noteDelegates(_ rows: ResultRows) throws {
        for row in try rows.map({ try DelegateRow(row: $0) }) {
            delegates.note(row, at: row.name)
            if !values.isKnown(row.id) { values.note([:], at: row.id) }
        }
    }

    fileprivate mutating func noteDomains(_ rows: ResultRows, of delegates: [Int64]) throws {
        var read: [Int64: [DeclaredDomain: DomainRecord]] = [:]
        for index in 0..<rows.count {
            let record = try DomainRecord(row: rows[index])
            read[try rows[index].integer(7), default: [:]][record.domain] = record
        }
        for delegate in delegates where !domains.isKnown(delegate) { domains.note(read[delegate] ?? [:], at: delegate) }
    }

    fileprivate mutating func noteValues(_ rows: ResultRows) throws {
        var read: [Int64: [ChallengeValue: ValueRow]] = [:]
        for index in 0..<rows.count {
            let row = rows[index]
            let value = ValueRow(
                sequence: try ChangeSequence(stored: row.integer(2)),
                published: Timestamp(secondsSinceEpoch: try row.integer(3)))
            read[try row.integer(0), default: [:]][try ChallengeValue(stored: row.text(1))] = value
        }
        for (delegate, all) in read { values.note(all, at: delegate) }
    }

    fileprivate mutating func noteCredentials(_ rows: ResultRows) throws {
        for index in 0..<rows.count {
            let credential = try Credential(row: rows[index])
            credentials.note(
                MadeCredential(credential: credential, sequence: try ChangeSequence(stored: rows[index].integer(12))),
                at: credential.username)
        }
    }

    fileprivate mutating func noteMembers(_ rows: ResultRows) throws {
        for index in 0..<rows.count {
            let row = rows[index]
            let membership = Membership(
                group: try OperatorLabel(stored: row.text(0)), delegate: try DomainName(row.text(1)))
            members.note(try row.integer(2), at: membership)
        }
    }
}
