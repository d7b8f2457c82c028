import DNS
import Delegates
import PostgreSQL
import StorageParts

// How rows become values. The columns that a `select` names are those that the initializer reads.

extension ResultRow {
    func moment(_ column: Int) throws -> Timestamp { Timestamp(secondsSinceEpoch: try integer(column)) }

    func momentIfAny(_ column: Int) throws -> Timestamp? {
        try integerIfAny(column).map { Timestamp(secondsSinceEpoch: $0) }
    }
}

extension DelegateRow {
    static let select = """
        SELECT id, name, enrolled_at, first_published_at, disabled_at, deleted_at, prepared_for, enrolled_from FROM delegate

        """

    init(row: ResultRow) throws {
        self.init(
            id: try row.integer(0), name: try DomainName(row.text(1)), enrolled: try row.moment(2),
            firstPublished: try row.momentIfAny(3), disabled: try row.momentIfAny(4), deleted: try row.momentIfAny(5),
            preparedFor: try row.textIfAny(6).map { try OperatorLabel(stored: $0) },
            origin: try row.textIfAny(7).map { try IPNetwork(stored: $0) })
    }
}

extension ChallengeValue {
    /// - Throws: ``StorageError``.
    init(stored text: String) throws(StorageError) {
        guard let value = ChallengeValue(text) else { throw .damaged("a value is not valid") }
        self = value
    }
}

extension DelegateRecord {
    static let select = """
        SELECT name, enrolled_at, first_published_at, disabled_at, deleted_at, prepared_for,
            (SELECT count(*) FROM credential WHERE delegate_id = delegate.id),
            (SELECT max(last_used_at) FROM credential WHERE delegate_id = delegate.id)
        FROM delegate

        """

    init(row: ResultRow) throws {
        self.init(
            name: try DomainName(row.text(0)), enrolled: try row.moment(1), firstPublished: try row.momentIfAny(2),
            disabled: try row.momentIfAny(3), deleted: try row.momentIfAny(4),
            preparedFor: try row.textIfAny(5).map { try OperatorLabel(stored: $0) },
            credentialCount: Int(try row.integer(6)), lastUsed: try row.momentIfAny(7))
    }
}

extension Credential {
    static let select = """
        SELECT username, key_sha256, key_bcrypt, delegate.name, group_label, label, allowed_networks, created_at, expires_at,
            last_used_at, last_used_from, delegate.disabled_at IS NOT NULL, sequence
        FROM credential LEFT JOIN delegate ON delegate.id = credential.delegate_id

        """

    init(row: ResultRow) throws {
        let username = try UniqueID(storedUsername: row.text(0))
        let (used, address) = (try row.momentIfAny(9), try row.textIfAny(10))
        self.init(
            username: username,
            check: try KeyCheck(storedDigest: row.octetsIfAny(1), hash: row.textIfAny(2), of: username),
            scope: try row.textIfAny(3).map { .delegate(try DomainName($0)) } ?? .group(OperatorLabel(stored: row.text(4))),
            label: try row.text(5), allowedNetworks: AllowedNetworks(storedText: try row.text(6)),
            created: try row.moment(7), expires: try row.momentIfAny(8),
            lastUse: used.map { Use(time: $0, address: address) }, isDisabled: try row.boolean(11))
    }
}

extension Credential.Scope {
    /// The condition for the credentials of this scope, whose argument is `$1`.
    var condition: (text: String, argument: String) {
        switch self {
        case .delegate(let name): ("WHERE delegate_id = (SELECT id FROM delegate WHERE name = $1)", name.storedText)
        case .group(let label): ("WHERE group_label = $1", label.description)
        }
    }
}

extension RegistrationToken {
    static let select = "SELECT label, key_sha256, created_at, expires_at, revoked_at, quota, used FROM registration_token "

    init(row: ResultRow) throws {
        self.init(
            label: try OperatorLabel(stored: row.text(0)), digest: KeyDigest(octets: try row.octets(1)),
            created: try row.moment(2), expires: try row.momentIfAny(3), revoked: try row.momentIfAny(4),
            quota: try row.integerIfAny(5).map { Int($0) }, used: Int(try row.integer(6)))
    }
}

extension DomainRecord {
    static let select = "SELECT delegate.name, domain, declared_at, checked_at, verdict, verified_since, findings"
    static let from = "FROM delegate_domain JOIN delegate ON delegate.id = delegate_domain.delegate_id "

    init(row: ResultRow) throws {
        let domain = try row.text(1)
        let (verdict, findings) = (try row.text(4), try row.text(6))
        self.init(
            delegate: try DomainName(row.text(0)), domain: try DeclaredDomain(stored: domain), declared: try row.moment(2),
            lastLook: try row.momentIfAny(3).map {
                try Look(storedAt: $0, verdict: verdict, findings: findings, domain: domain)
            },
            verifiedSince: try row.momentIfAny(5))
    }
}

extension SerialRecord {
    static let select = """
        SELECT zone, serial_offset, counts_changes, content_sha256, file_serial, floor, revision FROM zone_serial

        """

    init(row: ResultRow) throws {
        func number(_ column: Int) throws -> SerialNumber? {
            try row.integerIfAny(column).map { SerialNumber(UInt32(truncatingIfNeeded: $0)) }
        }
        self.init(
            zone: try DomainName(row.text(0)),
            serial: ZoneSerial(offset: UInt32(truncatingIfNeeded: try row.integer(1)), countsChanges: try row.boolean(2)),
            content: ZoneDigest(octets: try row.octets(3)), fileSerial: try number(4), floor: try number(5),
            revision: try row.integer(6))
    }
}

extension SharedSecret {
    static let select = "SELECT name, content, sequence FROM shared_secret "

    init(row: ResultRow) throws {
        self.init(
            name: try row.text(0), content: try row.text(1), sequence: try ChangeSequence(stored: row.integer(2)))
    }
}

extension AuditPlace {
    /// - Parameter row: a number, a moment and a digest.
    init(row: ResultRow) throws {
        self.init(
            number: UInt64(clamping: try row.integer(0)), time: try row.moment(1),
            digest: AuditDigest(octets: try row.octets(2)))
    }
}

extension AuditEntry {
    static let select = "SELECT number, time, kind, actor, address, delegate, detail, digest FROM audit_entry "

    init(row: ResultRow) throws {
        let text = try row.text(2)
        guard let kind = AuditEvent.Kind(rawValue: text) else {
            throw StorageError.unavailable(
                "“\(text)” is not an event of the audit log: the storage is damaged, or from a newer version")
        }
        self.init(
            number: UInt64(clamping: try row.integer(0)),
            event: AuditEvent(
                kind, at: try row.moment(1), by: try row.text(3), from: try row.textIfAny(4),
                delegate: try row.textIfAny(5).map { try DomainName($0) }, detail: try row.textIfAny(6)),
            digest: AuditDigest(octets: try row.octets(7)))
    }
}
