package import DNS

/// What the operator sees.
extension Operating {
    // MARK: Delegates

    /// A delegate as the operator sees it.
    package struct Overview: Sendable {
        package var record: DelegateRecord
        /// In the order in which they were made.
        package var credentials: [Credential]
        /// The labels of the groups of which the delegate is a member, in order.
        package var groups: [OperatorLabel]
        package var served: DelegateTable.Served
        package var now: Timestamp
    }

    /// A delegate, deleted or not.
    ///
    /// - Throws: ``Refusal/noSuchDelegate`` if there never was one of this name, or a ``StorageError``.
    package func record(of name: DomainName) async throws -> DelegateRecord {
        guard let record = try await storage.delegate(name) else { throw Refusal.noSuchDelegate }
        return record
    }

    /// A delegate, deleted or not, with its credentials, groups and values.
    ///
    /// - Throws: ``Refusal/noSuchDelegate`` if there never was one of this name, or a ``StorageError``.
    package func overview(of name: DomainName) async throws -> Overview {
        let record = try await record(of: name)
        let now = clock.now
        return Overview(
            record: record, credentials: try await storage.credentials(of: .delegate(name)),
            groups: try await storage.groups(with: name), served: table.served(at: name, now: now), now: now)
    }

    // MARK: Credentials

    /// Checks that there is a delegate, not deleted, or a group that can have credentials.
    ///
    /// - Throws: ``Refusal/noSuchDelegate``, ``Refusal/noSuchGroup`` or a ``StorageError``.
    package func check(_ scope: Credential.Scope) async throws {
        switch scope {
        case .delegate(let name):
            guard try await record(of: name).deleted == nil else { throw Refusal.noSuchDelegate }
        case .group(let label):
            guard try await storage.members(of: label) != nil else { throw Refusal.noSuchGroup }
        }
    }

    /// The credentials of a delegate or a group, in the order in which they were made.
    ///
    /// - Throws: ``StorageError``.
    package func credentials(of scope: Credential.Scope) async throws(StorageError) -> [Credential] {
        try await storage.credentials(of: scope)
    }

    // MARK: Domains

    /// The declared domains that a filter includes, in the order of the domains and, for each, of its delegates.
    ///
    /// - Parameters:
    ///   - place: the place after which to begin; `nil` for the beginning.
    ///   - maximum: the maximum number of domains, of which at most ``maximumPage`` come.
    /// - Throws: ``StorageError``.
    package func domains(
        _ filter: DomainFilter, after place: DomainPlace?, maximum: Int
    ) async throws(StorageError) -> DomainPage {
        try await storage.domains(filter, after: place, maximum: min(max(1, maximum), Self.maximumPage))
    }

    /// The domains that delegates have declared, in order for each; delegates without any are left out.
    ///
    /// - Throws: ``StorageError``.
    package func domains(of delegates: [DomainName]) async throws(StorageError) -> [DomainName: [DomainRecord]] {
        try await storage.domains(of: delegates)
    }

    // MARK: Groups and tokens

    /// A group as the operator sees it.
    package struct GroupOverview: Sendable {
        /// In the order of their names.
        package var members: [DomainName]
        /// In the order in which they were made.
        package var credentials: [Credential]
        package var now: Timestamp
    }

    /// All groups, in the order of their labels.
    ///
    /// - Throws: ``StorageError``.
    package func groups() async throws(StorageError) -> [GroupRecord] { try await storage.groups() }

    /// - Throws: ``Refusal/noSuchGroup`` or a ``StorageError``.
    package func overview(of group: OperatorLabel) async throws -> GroupOverview {
        guard let members = try await storage.members(of: group) else { throw Refusal.noSuchGroup }
        return GroupOverview(
            members: members, credentials: try await storage.credentials(of: .group(group)), now: clock.now)
    }

    /// All registration tokens, in the order of their labels.
    ///
    /// - Throws: ``StorageError``.
    package func tokens() async throws(StorageError) -> [RegistrationToken] { try await storage.tokens() }

    // MARK: The audit log

    /// The history of a delegate, or of everything, newest first.
    ///
    /// - Parameters:
    ///   - number: the number of the event before which to begin; `nil` for the latest one.
    ///   - maximum: the maximum number of events, of which at most ``maximumPage`` come.
    /// - Throws: ``StorageError``.
    package func history(
        of delegate: DomainName?, before number: UInt64?, maximum: Int
    ) async throws(StorageError) -> [AuditEntry] {
        try await storage.history(of: delegate, before: number, maximum: min(max(1, maximum), Self.maximumPage))
    }
}
