package import DNS

/// Whether a certificate may be issued, and why.
package struct CAAVerdict: Hashable, Sendable {
    package let reason: Reason
    /// The name whose records decide, or that gave no answer; `nil` if there is none.
    package let owner: DomainName?

    package enum Reason: Hashable, Sendable {
        /// Neither the name nor a name above it has CAA records. Allowed.
        case noRecords
        /// There are records, but no `issue` (for a wildcard, neither `issuewild` nor `issue`). Allowed.
        case noneConcerned
        /// The authority has no name for CAA records. Allowed.
        case authorityWithoutIdentity
        /// This record allows it.
        case allowing(CAARecord)
        /// The CAA records could not be read. Denied.
        case unanswered(String)
        /// These octets are no CAA data. Denied.
        case malformed(RecordData)
        /// The record has an unknown property, and is critical. Denied.
        case critical(CAARecord)
        /// No record allows it. Denied.
        case refusing([Refusal])
    }

    /// A record that does not allow it.
    package struct Refusal: Hashable, Sendable {
        package let record: CAARecord
        package let obstacle: CAAObstacle
    }

    init(_ reason: Reason, owner: DomainName?) {
        self.reason = reason
        self.owner = owner
    }

    package var isAllowed: Bool {
        switch reason {
        case .noRecords, .noneConcerned, .authorityWithoutIdentity, .allowing: true
        case .unanswered, .malformed, .critical, .refusing: false
        }
    }

    /// The records that decide; empty if the absence of records or of an answer does.
    package var records: [RecordData] {
        switch reason {
        case .noRecords, .noneConcerned, .authorityWithoutIdentity, .unanswered: []
        case .allowing(let record), .critical(let record): [record.data]
        case .malformed(let data): [data]
        case .refusing(let refusals): refusals.map(\.record.data)
        }
    }
}

extension CAAVerdict {
    /// The reason in words for a person, without a full stop, in printable characters.
    package var because: String {
        let place = owner.map { " of \($0.withoutFinalDot)" } ?? ""
        switch reason {
        case .noRecords: return "there is no CAA record"
        case .noneConcerned: return "the CAA records\(place) do not say which authority may issue this"
        case .authorityWithoutIdentity: return "the authority has no name for CAA records"
        case .allowing(let record): return "\(Self.quoted(record)) allows it"
        case .unanswered(let reason): return "the CAA records\(place) cannot be read: \(reason)"
        case .malformed(let data): return "a CAA record\(place) is malformed: \(data)"
        case .critical(let record):
            return
                "a CAA record\(place) has the unknown tag “\(Self.printable(record.tag))”, which is marked as critical"
        case .refusing(let refusals):
            let reasons = refusals.map { "\(Self.quoted($0.record)) \($0.obstacle.words)" }
            return "the CAA records\(place) do not allow it: \(reasons.joined(separator: "; "))"
        }
    }

    private static func quoted(_ record: CAARecord) -> String {
        "“\(printable(String(decoding: record.value, as: UTF8.self)))”"
    }

    private static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(300).map { (" "..."~").contains($0) ? $0 : "?" }))
    }
}

/// Why a record does not allow a certificate.
package enum CAAObstacle: Hashable, Sendable {
    /// A parameter is not `tag=value` in the characters that Let's Encrypt accepts.
    case malformedParameter
    /// The record names no authority.
    case nobody
    /// The record is for another authority than the one with these names.
    case otherAuthority([String])
    case accountTwice
    case emptyAccount
    /// The record is for another account than this one; `nil` for one that does not exist yet.
    case otherAccount(than: String?)
    /// The record is for our account, and the question is about others.
    case onlyOurAccount
    /// The record is for an account that the authority cannot have, such as one of its staging environment.
    case impossibleAccount
    case methodsTwice
    /// A malformed item ends the list of methods before this one is found.
    case malformedMethods
    case otherMethod(ValidationMethod)

    /// The obstacle as the end of a sentence whose subject is the record.
    package var words: String {
        switch self {
        case .malformedParameter: "has a malformed parameter, and allows nobody"
        case .nobody: "names no authority, and allows nobody"
        case .otherAuthority(let identities): "is not for \(identities.joined(separator: " or "))"
        case .accountTwice: "names two accounts, and allows nobody"
        case .emptyAccount: "has an empty accounturi, and allows nobody"
        case .otherAccount(let account): "is for another account than \(account ?? "the new one")"
        case .onlyOurAccount: "is for our account alone"
        case .impossibleAccount: "is for an account that the authority cannot have"
        case .methodsTwice: "has two lists of methods, and allows nobody"
        case .malformedMethods: "has a malformed list of methods"
        case .otherMethod(let method): "does not allow \(method.rawValue)"
        }
    }
}
