package import DNS

/// The tables of a storage inside one transaction, as the rules see them.
///
/// Tables decide nothing: a call finds, inserts, updates or deletes rows, and an error that it throws fails the whole transaction. The
/// rules are in ``make(_:by:at:addresses:)``.
package protocol ChangeTables {
    // MARK: The sequence

    /// The number of the last change.
    var sequence: ChangeSequence { get set }
    /// The number of the last change that DNS shows: see ``FeedEntry/isShown``.
    var shownSequence: ChangeSequence { get set }

    // MARK: Delegates

    /// - Returns: the delegate of that name, also if it was deleted.
    func delegate(_ name: DomainName) throws -> DelegateRow?
    /// The delegate that was enrolled first, of those that are prepared for a token and not disabled.
    func firstPrepared(for token: OperatorLabel) throws -> DomainName?
    /// The number of delegates that were enrolled from a network and not deleted; counted up to the maximum.
    func delegateCount(from network: IPNetwork, maximum: Int) throws -> Int
    /// - Returns: the new row's id. The one in `row` is ignored.
    mutating func insert(_ row: DelegateRow) throws -> Int64
    /// Writes all but the name and the time of enrolment.
    mutating func update(_ row: DelegateRow) throws

    // MARK: Values

    /// The values of a delegate, in order.
    func values(of delegate: Int64) throws -> [ValueRow]
    /// Inserts a value, or moves it to a new place if the delegate has it.
    mutating func put(_ value: ChallengeValue, _ row: ValueRow, of delegate: Int64) throws
    /// - Parameter sequence: the place of the first value that stays; `nil` if none does.
    mutating func deleteValues(of delegate: Int64, before sequence: ChangeSequence?) throws

    // MARK: Credentials

    func credential(_ username: UniqueID) throws -> Credential?
    /// The credentials of a delegate or a group, in the order in which they were made.
    func credentials(of scope: Credential.Scope) throws -> [Credential]
    /// - Parameters:
    ///   - delegate: the id of the row of the credential's delegate; `nil` if the credential is a group's.
    ///   - sequence: the place of the change that makes the credential.
    mutating func insert(_ credential: Credential, of delegate: Int64?, sequence: ChangeSequence) throws
    /// Writes all but the user name, the scope and the time of creation, which never change.
    mutating func update(_ credential: Credential) throws
    mutating func deleteCredential(_ username: UniqueID) throws
    mutating func deleteCredentials(of scope: Credential.Scope) throws
    /// Whether a credential is known to have been used from a network, and the number of its known networks.
    func networkUse(_ network: IPNetwork, of username: UniqueID) throws -> (isKnown: Bool, count: Int)
    mutating func insert(_ network: IPNetwork, of username: UniqueID, at time: Timestamp) throws

    // MARK: Groups and tokens

    func hasGroup(_ label: OperatorLabel) throws -> Bool
    mutating func insertGroup(_ label: OperatorLabel, at time: Timestamp) throws
    /// Deletes a group and its memberships. Its credentials are gone already.
    mutating func deleteGroup(_ label: OperatorLabel) throws
    func memberCount(of group: OperatorLabel) throws -> Int
    func isMember(_ delegate: DomainName, of group: OperatorLabel) throws -> Bool
    /// Whether another member of a group has the same first label as a delegate.
    func hasTwin(of delegate: DomainName, in group: OperatorLabel) throws -> Bool
    mutating func insertMember(_ delegate: DelegateRow, of group: OperatorLabel) throws
    mutating func deleteMember(_ delegate: DelegateRow, of group: OperatorLabel) throws
    mutating func deleteMemberships(of delegate: DelegateRow) throws
    func token(_ label: OperatorLabel) throws -> RegistrationToken?
    mutating func insert(_ token: RegistrationToken) throws
    /// Writes when a token was revoked, and how often it was used.
    mutating func update(_ token: RegistrationToken) throws

    // MARK: Domains

    /// A domain that a delegate has declared; `nil` if it has not.
    func domain(_ domain: DeclaredDomain, of delegate: DelegateRow) throws -> DomainRecord?
    func domainCount(of delegate: Int64) throws -> Int
    mutating func insert(_ record: DomainRecord, of delegate: Int64) throws
    /// Writes the last look, and since when the domain is verified.
    mutating func update(_ record: DomainRecord, of delegate: Int64) throws
    mutating func deleteDomain(_ domain: DeclaredDomain, of delegate: Int64) throws
    mutating func deleteDomains(of delegate: Int64) throws

    // MARK: Serials

    func serial(of zone: DomainName) throws -> SerialRecord?
    mutating func put(_ record: SerialRecord) throws

    // MARK: The feed

    mutating func insert(_ entry: FeedEntry) throws
    /// The oldest entries, in order.
    func oldestFeedEntries(_ maximum: Int) throws -> [FeedMark]
    /// Deletes all entries up to one.
    mutating func deleteFeedEntries(through last: FeedMark) throws

    // MARK: The audit log

    /// The last entry of the audit log, or what the first one will follow.
    var auditEnd: AuditPlace { get }
    mutating func insert(_ entry: AuditEntry) throws
    /// The oldest entries, in order.
    func oldestAuditEntries(_ maximum: Int) throws -> [AuditPlace]
    /// Deletes all entries up to and including one, after which the log then begins.
    mutating func deleteAuditEntries(through last: AuditPlace) throws
}

/// The row of a delegate.
package struct DelegateRow: Hashable, Sendable {
    /// The storage's own number, by which it finds the row again.
    package var id: Int64
    package var name: DomainName
    package var enrolled: Timestamp
    /// When a value was published there for the first time.
    package var firstPublished: Timestamp?
    package var disabled: Timestamp?
    package var deleted: Timestamp?
    /// The token whose holder can take the delegate over.
    package var preparedFor: OperatorLabel?
    /// The network from which a stranger enrolled the delegate, if that is counted.
    package var origin: IPNetwork?

    package init(
        id: Int64 = 0, name: DomainName, enrolled: Timestamp, firstPublished: Timestamp? = nil, disabled: Timestamp? = nil,
        deleted: Timestamp? = nil, preparedFor: OperatorLabel? = nil, origin: IPNetwork? = nil
    ) {
        self.id = id
        self.name = name
        self.enrolled = enrolled
        self.firstPublished = firstPublished
        self.disabled = disabled
        self.deleted = deleted
        self.preparedFor = preparedFor
        self.origin = origin
    }
}

/// The place and the moment of a published value.
package struct ValueRow: Hashable, Sendable {
    package var sequence: ChangeSequence
    package var published: Timestamp

    package init(sequence: ChangeSequence, published: Timestamp) {
        self.sequence = sequence
        self.published = published
    }
}

/// The part of an audit entry that decides whether it stays, and that the next entry follows.
package struct AuditPlace: Hashable, Sendable {
    package var number: UInt64
    package var time: Timestamp
    package var digest: AuditDigest

    package init(number: UInt64, time: Timestamp, digest: AuditDigest) {
        self.number = number
        self.time = time
        self.digest = digest
    }
}

/// The parts of an entry of the feed that decide whether it stays.
package struct FeedMark: Hashable, Sendable {
    package var lastPlace: ChangeSequence
    package var time: Timestamp

    package init(lastPlace: ChangeSequence, time: Timestamp) {
        self.lastPlace = lastPlace
        self.time = time
    }
}
