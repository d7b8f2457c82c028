import DNS
import Delegates
import PostgreSQL
import StorageParts

extension PostgreSQLTables {
    /// The statements that write all that has changed, in an order in which no row refers to one that is not there.
    func writes() throws -> [Statement] {
        var statements = [
            Statement(
                "UPDATE change_sequence SET number = $1, shown_number = $2, last_delegate_id = $3",
                [.integer(stored(sequence)), .integer(stored(shownSequence)), .integer(lastDelegateID)])
        ]
        statements +=
            tokenWrites + delegateWrites + groupWrites + valueWrites + credentialWrites + domainWrites + serialWrites
            + secretWrites
        statements += try feedWrites()
        statements += auditWrites
        return statements
    }

    private func stored(_ sequence: ChangeSequence) -> Int64 { Int64(clamping: sequence.number) }

    // MARK: Tokens

    private var tokenWrites: [Statement] {
        let writes = tokens.writes
        let new = writes.filter { $0.former == nil }.compactMap(\.row)
        let changed = writes.filter { $0.former != nil }.compactMap(\.row)
        var statements: [Statement] = []
        if !new.isEmpty {
            statements.append(
                Statement(
                    """
                    INSERT INTO registration_token (label, key_sha256, created_at, expires_at, revoked_at, quota, used)
                    SELECT * FROM unnest(
                        $1::text[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
                    """,
                    [
                        .texts(new.map(\.label.description)), .octetStrings(new.map(\.digest.octets)),
                        .integers(new.map(\.created.secondsSinceEpoch)), .integers(new.map { $0.expires?.secondsSinceEpoch }),
                        .integers(new.map { $0.revoked?.secondsSinceEpoch }),
                        .integers(new.map { $0.quota.map { Int64($0) } }),
                        .integers(new.map { Int64($0.used) }),
                    ]))
        }
        if !changed.isEmpty {
            statements.append(
                Statement(
                    """
                    UPDATE registration_token AS token SET revoked_at = new.revoked_at, used = new.used
                    FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS new (label, revoked_at, used)
                    WHERE token.label = new.label
                    """,
                    [
                        .texts(changed.map(\.label.description)), .integers(changed.map { $0.revoked?.secondsSinceEpoch }),
                        .integers(changed.map { Int64($0.used) }),
                    ]))
        }
        return statements
    }

    // MARK: Delegates

    private var delegateWrites: [Statement] {
        let writes = delegates.writes
        let new = writes.filter { $0.former == nil }.compactMap(\.row)
        let changed = writes.compactMap { write in write.former == nil || write.former == write.row ? nil : write.row }
        var statements: [Statement] = []
        if !new.isEmpty {
            statements.append(
                Statement(
                    """
                    INSERT INTO delegate (
                        id, name, enrolled_at, first_published_at, disabled_at, deleted_at, prepared_for, enrolled_from)
                    SELECT * FROM unnest(
                        $1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::text[])
                    """,
                    [
                        .integers(new.map(\.id)), .texts(new.map(\.name.storedText)),
                        .integers(new.map(\.enrolled.secondsSinceEpoch)),
                    ] + Self.states(of: new)))
        }
        if !changed.isEmpty {
            statements.append(
                Statement(
                    """
                    UPDATE delegate SET first_published_at = new.first_published_at, disabled_at = new.disabled_at,
                        deleted_at = new.deleted_at, prepared_for = new.prepared_for, enrolled_from = new.enrolled_from
                    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
                        AS new (id, first_published_at, disabled_at, deleted_at, prepared_for, enrolled_from)
                    WHERE delegate.id = new.id
                    """,
                    [.integers(changed.map(\.id))] + Self.states(of: changed)))
        }
        return statements
    }

    private static func states(of rows: [DelegateRow]) -> [Statement.Parameter] {
        [
            .integers(rows.map { $0.firstPublished?.secondsSinceEpoch }),
            .integers(rows.map { $0.disabled?.secondsSinceEpoch }),
            .integers(rows.map { $0.deleted?.secondsSinceEpoch }), .texts(rows.map { $0.preparedFor?.description }),
            .texts(rows.map { $0.origin?.description }),
        ]
    }

    private var valueWrites: [Statement] {
        var gone: [(delegate: Int64, value: ChallengeValue)] = []
        var put: [(delegate: Int64, value: ChallengeValue, row: ValueRow)] = []
        for (delegate, former, row) in values.writes {
            let (former, now) = (former ?? [:], row ?? [:])
            for value in former.keys where now[value] == nil { gone.append((delegate, value)) }
            for (value, row) in now where former[value] != row { put.append((delegate, value, row)) }
        }
        var statements: [Statement] = []
        if !gone.isEmpty {
            statements.append(
                Statement(
                    """
                    DELETE FROM challenge_value USING unnest($1::bigint[], $2::text[]) AS gone (delegate_id, value)
                    WHERE challenge_value.delegate_id = gone.delegate_id AND challenge_value.value = gone.value
                    """, [.integers(gone.map(\.delegate)), .texts(gone.map(\.value.text))]))
        }
        if !put.isEmpty {
            statements.append(
                Statement(
                    """
                    INSERT INTO challenge_value (delegate_id, value, sequence, published_at)
                    SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])
                    ON CONFLICT (delegate_id, value) DO UPDATE
                    SET sequence = excluded.sequence, published_at = excluded.published_at
                    """,
                    [
                        .integers(put.map(\.delegate)), .texts(put.map(\.value.text)),
                        .integers(put.map { stored($0.row.sequence) }),
                        .integers(put.map(\.row.published.secondsSinceEpoch)),
                    ]))
        }
        return statements
    }

    private var domainWrites: [Statement] {
        var gone: [(delegate: Int64, domain: DeclaredDomain)] = []
        var put: [(delegate: Int64, record: DomainRecord)] = []
        for (delegate, former, row) in domains.writes {
            let (former, now) = (former ?? [:], row ?? [:])
            for domain in former.keys where now[domain] == nil { gone.append((delegate, domain)) }
            for (domain, record) in now where former[domain] != record { put.append((delegate, record)) }
        }
        var statements: [Statement] = []
        if !gone.isEmpty {
            statements.append(
                Statement(
                    """
                    DELETE FROM delegate_domain USING unnest($1::bigint[], $2::text[]) AS gone (delegate_id, domain)
                    WHERE delegate_domain.delegate_id = gone.delegate_id AND delegate_domain.domain = gone.domain
                    """, [.integers(gone.map(\.delegate)), .texts(gone.map(\.domain.description))]))
        }
        if !put.isEmpty {
            statements.append(
                Statement(
                    """
                    INSERT INTO delegate_domain (
                        domain, delegate_id, declared_at, checked_at, verdict, verified_since, findings)
                    SELECT * FROM unnest(
                        $1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::text[])
                    ON CONFLICT (domain, delegate_id) DO UPDATE SET checked_at = excluded.checked_at,
                        verdict = excluded.verdict, verified_since = excluded.verified_since, findings = excluded.findings
                    """,
                    [
                        .texts(put.map(\.record.domain.description)), .integers(put.map(\.delegate)),
                        .integers(put.map(\.record.declared.secondsSinceEpoch)),
                        .integers(put.map { $0.record.lastLook?.time.secondsSinceEpoch }),
                        .texts(put.map(\.record.state.rawValue)),
                        .integers(put.map { $0.record.verifiedSince?.secondsSinceEpoch }),
                        .texts(put.map(\.record.storedFindings)),
                    ]))
        }
        return statements
    }

    // MARK: Groups

    private var groupWrites: [Statement] {
        var statements: [Statement] = []
        let gone = groups.writes.filter { $0.former != nil && endedGroups.contains($0.key) }.map(\.key.description)
        // The credentials of a group go with it, and so do its memberships.
        if !gone.isEmpty { statements.append(Statement("DELETE FROM delegate_group WHERE label = ANY ($1)", [.texts(gone)])) }
        let new = groups.writes.filter { $0.former == nil || endedGroups.contains($0.key) }
            .compactMap { write in write.row.map { (write.key, $0) } }
        if !new.isEmpty {
            statements.append(
                Statement(
                    "INSERT INTO delegate_group (label, created_at) SELECT * FROM unnest($1::text[], $2::bigint[])",
                    [.texts(new.map(\.0.description)), .integers(new.map(\.1.secondsSinceEpoch))]))
        }
        if !endedMemberships.isEmpty {
            statements.append(
                Statement("DELETE FROM group_member WHERE delegate_id = ANY ($1)", [.integers(Array(endedMemberships))]))
        }
        let left = members.writes.compactMap { write in
            write.row == nil ? write.former.map { (write.key.group.description, $0) } : nil
        }
        if !left.isEmpty {
            statements.append(
                Statement(
                    """
                    DELETE FROM group_member USING unnest($1::text[], $2::bigint[]) AS gone (label, id)
                    WHERE group_label = gone.label AND delegate_id = gone.id
                    """, [.texts(left.map(\.0)), .integers(left.map(\.1))]))
        }
        let joined = members.writes.compactMap { write in
            write.former == nil || endedGroups.contains(write.key.group)
                ? write.row.map { (write.key.group.description, $0) } : nil
        }
        if !joined.isEmpty {
            statements.append(
                Statement(
                    "INSERT INTO group_member (group_label, delegate_id) SELECT * FROM unnest($1::text[], $2::bigint[])",
                    [.texts(joined.map(\.0)), .integers(joined.map(\.1))]))
        }
        return statements
    }

    // MARK: Credentials

    private var credentialWrites: [Statement] {
        let writes = credentials.writes
        var statements: [Statement] = []
        let gone = writes.filter { $0.former != nil && $0.row == nil }.map(\.key.description)
        if !gone.isEmpty { statements.append(Statement("DELETE FROM credential WHERE username = ANY ($1)", [.texts(gone)])) }
        let new = writes.filter { $0.former == nil }.compactMap(\.row)
        if !new.isEmpty {
            let columns = """
                username, delegate_id, group_label, key_sha256, key_bcrypt, label, allowed_networks, created_at, expires_at,
                last_used_at, last_used_from, sequence
                """
            statements.append(
                Statement(
                    """
                    INSERT INTO credential (\(columns))
                    SELECT * FROM unnest(
                        $1::text[], $2::bigint[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::bigint[],
                        $9::bigint[], $10::bigint[], $11::text[], $12::bigint[])
                    """,
                    [
                        .texts(new.map(\.credential.username.description)),
                        .integers(new.map { id(ofDelegateOf: $0.credential) }),
                        .texts(new.map { $0.credential.group?.description }),
                        .octetStrings(new.map { $0.credential.check.stored.digest }),
                        .texts(new.map { $0.credential.check.stored.hash }), .texts(new.map(\.credential.label)),
                        .texts(new.map(\.credential.allowedNetworks.storedText)),
                        .integers(new.map(\.credential.created.secondsSinceEpoch)),
                        .integers(new.map { $0.credential.expires?.secondsSinceEpoch }),
                        .integers(new.map { $0.credential.lastUse?.time.secondsSinceEpoch }),
                        .texts(new.map { $0.credential.lastUse?.address }), .integers(new.map { stored($0.sequence) }),
                    ]))
        }
        let changed = writes.compactMap { write in
            write.former == nil || write.former == write.row ? nil : write.row?.credential
        }
        if !changed.isEmpty { statements.append(Self.update(of: changed)) }
        let used = networks.writes.filter { credentials.rowIfKnown(at: $0.key.username) != nil }
            .compactMap { write in write.former == nil ? write.row.map { (write.key, $0) } : nil }
        if !used.isEmpty {
            statements.append(
                Statement(
                    """
                    INSERT INTO credential_network (username, network, first_used_at)
                    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
                    """,
                    [
                        .texts(used.map(\.0.username.description)), .texts(used.map(\.0.network.description)),
                        .integers(used.map(\.1.secondsSinceEpoch)),
                    ]))
        }
        return statements
    }

    private static func update(of credentials: [Credential]) -> Statement {
        Statement(
            """
            UPDATE credential SET key_sha256 = new.key_sha256, key_bcrypt = new.key_bcrypt, label = new.label,
                allowed_networks = new.allowed_networks, expires_at = new.expires_at, last_used_at = new.last_used_at,
                last_used_from = new.last_used_from
            FROM unnest(
                $1::text[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[]) AS new (
                username, key_sha256, key_bcrypt, label, allowed_networks, expires_at, last_used_at, last_used_from)
            WHERE credential.username = new.username
            """,
            [
                .texts(credentials.map(\.username.description)), .octetStrings(credentials.map(\.check.stored.digest)),
                .texts(credentials.map(\.check.stored.hash)), .texts(credentials.map(\.label)),
                .texts(credentials.map(\.allowedNetworks.storedText)),
                .integers(credentials.map { $0.expires?.secondsSinceEpoch }),
                .integers(credentials.map { $0.lastUse?.time.secondsSinceEpoch }),
                .texts(credentials.map { $0.lastUse?.address }),
            ])
    }

    private func id(ofDelegateOf credential: Credential) -> Int64? {
        credential.delegate.flatMap { delegates.rowIfKnown(at: $0)?.id }
    }

    // MARK: Serials, the feed, the audit log

    private var serialWrites: [Statement] {
        serials.writes.compactMap(\.row).map { record in
            Statement(
                """
                INSERT INTO zone_serial (zone, serial_offset, counts_changes, content_sha256, file_serial, floor, revision)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (zone) DO UPDATE SET serial_offset = excluded.serial_offset,
                    counts_changes = excluded.counts_changes, content_sha256 = excluded.content_sha256,
                    file_serial = excluded.file_serial, floor = excluded.floor, revision = excluded.revision
                """,
                [
                    .text(record.zone.storedText), .integer(Int64(record.serial.offset)), .boolean(record.serial.countsChanges),
                    .octets(record.content.octets), .integer(record.fileSerial.map { Int64($0.value) }),
                    .integer(record.floor.map { Int64($0.value) }), .integer(record.revision),
                ])
        }
    }

    private var secretWrites: [Statement] {
        secrets.writes.compactMap(\.row).map { secret in
            Statement(
                """
                INSERT INTO shared_secret (name, content, sequence) VALUES ($1, $2, $3)
                ON CONFLICT (name) DO UPDATE SET content = excluded.content, sequence = excluded.sequence
                """, [.text(secret.name), .text(secret.content), .integer(stored(secret.sequence))])
        }
    }

    private func feedWrites() throws -> [Statement] {
        var statements: [Statement] = []
        if let feedEnd {
            statements.append(
                Statement("DELETE FROM change_feed WHERE number <= $1", [.integer(stored(feedEnd.lastPlace))]))
        }
        var rows: [(entry: FeedEntry, part: Int64, effect: StoredEffect)] = []
        for entry in newFeedEntries {
            let effects = entry.effects.isEmpty ? [StoredEffect()] : try entry.effects.map { try StoredEffect($0) }
            for (part, effect) in effects.enumerated() { rows.append((entry, Int64(part), effect)) }
        }
        guard !rows.isEmpty else { return statements }
        statements.append(
            Statement(
                """
                INSERT INTO change_feed (number, part, places, time, kind, name, detail)
                SELECT * FROM unnest(
                    $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[])
                """,
                [
                    .integers(rows.map { stored($0.entry.sequence) }), .integers(rows.map(\.part)),
                    .integers(rows.map { Int64(clamping: $0.entry.placeCount) }),
                    .integers(rows.map(\.entry.time.secondsSinceEpoch)), .texts(rows.map { $0.effect.kind?.rawValue }),
                    .texts(rows.map(\.effect.name)), .texts(rows.map(\.effect.detail)),
                ]))
        return statements
    }

    var auditWrites: [Statement] {
        var statements: [Statement] = []
        if let beginning = auditBeginning {
            let number = Statement.Parameter.integer(Int64(clamping: beginning.number))
            statements.append(
                Statement(
                    "UPDATE audit_beginning SET number = $1, digest = $2", [number, .octets(beginning.digest.octets)]))
            statements.append(Statement("DELETE FROM audit_entry WHERE number <= $1", [number]))
        }
        guard !newAuditEntries.isEmpty else { return statements }
        let events = newAuditEntries.map(\.event)
        statements.append(
            Statement(
                """
                INSERT INTO audit_entry (number, time, kind, actor, address, delegate, detail, digest)
                SELECT * FROM unnest(
                    $1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[])
                """,
                [
                    .integers(newAuditEntries.map { Int64(clamping: $0.number) }),
                    .integers(events.map(\.time.secondsSinceEpoch)), .texts(events.map(\.kind.rawValue)),
                    .texts(events.map(\.actor)), .texts(events.map(\.address)), .texts(events.map { $0.delegate?.storedText }),
                    .texts(events.map(\.detail)), .octetStrings(newAuditEntries.map(\.digest.octets)),
                ]))
        return statements
    }
}
