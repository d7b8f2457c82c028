package import DNS

/// Whether CAA records let an authority issue a certificate for a name by dns-01 (RFC 8659, RFC 8657), as Let's Encrypt decides it.
///
/// Authorities differ in details until all know RFC 8657. This one is strict: what it allows, all allow.
package struct CAAEvaluation: Sendable {
    /// The names of the authority, of which one must be in a record; from its directory (`caaIdentities`, RFC 8555 section 9.7.6).
    package var identities: [String]
    /// The account's URL; `nil` if there is none yet, which no record with `accounturi` allows.
    package var account: String?

    /// What was learnt of a name's CAA records.
    package enum Answer: Hashable, Sendable {
        /// The records, aliases followed; empty if there are none.
        case records([RecordData])
        /// There was no answer, for this reason. An authority does not issue then.
        case failed(String)
    }

    package enum Verdict: Hashable, Sendable {
        case allowed
        /// No certificate will be issued: why, in words for an operator.
        case forbidden(String)
    }

    private static let method = "dns-01"
    /// Tags that are known and never in the way, even if they are critical.
    private static let harmlessTags: Set<String> = ["iodef", "issuemail", "issuevmc"]

    package init(identities: [String], account: String?) {
        self.identities = identities
        self.account = account
    }

    /// The names whose records count for a name, in the order in which they do: the name and its parents, without the root.
    package static func names(for name: DomainName) -> [DomainName] {
        Array(sequence(first: name, next: \.parent).prefix { !$0.isRoot })
    }

    /// - Parameters:
    ///   - isWildcard: Whether the certificate is for the names below.
    ///   - answers: What was learnt of each of ``names(for:)``. A name without an answer has failed, if it matters.
    package func verdict(for name: DomainName, isWildcard: Bool, answers: [DomainName: Answer]) -> Verdict {
        // An authority that names no identity can be in no record, and none is looked for: it may not check CAA at all.
        guard !identities.isEmpty else { return .allowed }
        for owner in Self.names(for: name) {
            switch answers[owner] ?? .failed("it was not asked for") {
            case .failed(let reason):
                return .forbidden("the CAA records of \(owner.withoutFinalDot) cannot be read: \(reason)")
            case .records(let data):
                // The first name with records decides, whatever they say (RFC 8659 section 3).
                let records = data.filter { $0.type == .caa }
                if !records.isEmpty { return verdict(of: records, at: owner, isWildcard: isWildcard) }
            }
        }
        return .allowed
    }

    private func verdict(of data: [RecordData], at owner: DomainName, isWildcard: Bool) -> Verdict {
        let place = owner.withoutFinalDot
        var (issue, issueWild): ([CAARecord], [CAARecord]) = ([], [])
        for data in data {
            guard let record = CAARecord(data) else {
                return .forbidden("a CAA record of \(place) is malformed")
            }
            switch record.tag {
            case "issue": issue.append(record)
            case "issuewild": issueWild.append(record)
            case let tag where Self.harmlessTags.contains(tag): break
            case let tag:
                guard record.isCritical else { continue }
                return .forbidden(
                    "a CAA record of \(place) has the unknown tag “\(Self.printable(tag))”, which is marked as critical")
            }
        }
        let relevant = isWildcard && !issueWild.isEmpty ? issueWild : issue
        guard !relevant.isEmpty else { return .allowed }
        let obstacles = relevant.map(obstacle)
        if obstacles.contains(nil) { return .allowed }
        return .forbidden(
            "the CAA records of \(place) do not allow it: \(obstacles.compactMap(\.self).joined(separator: "; "))")
    }

    /// - Returns: why a record does not allow a certificate; `nil` if it does.
    private func obstacle(_ record: CAARecord) -> String? {
        let quoted = "“\(Self.printable(String(decoding: record.value, as: UTF8.self)))”"
        guard let property = CAAProperty(record.value) else { return "\(quoted) has a malformed parameter, and allows nobody" }
        // Octet by octet: an identity in upper case is another one.
        guard identities.contains(property.issuer) else {
            return "\(quoted) is not for \(identities.joined(separator: " or "))"
        }
        let accounts = property.values(of: "accounturi")
        guard accounts.count <= 1 else { return "\(quoted) names two accounts, and allows nobody" }
        if let wanted = accounts.first, wanted.isEmpty || wanted != account {
            return "\(quoted) is for another account than \(account ?? "the new one")"
        }
        let methods = property.values(of: "validationmethods")
        guard methods.count <= 1 else { return "\(quoted) has two lists of methods, and allows nobody" }
        if let list = methods.first, !CAAProperty.methods(list, contain: Self.method) {
            return "\(quoted) does not allow \(Self.method)"
        }
        return nil
    }

    private static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(300).map { (" "..."~").contains($0) ? $0 : "?" }))
    }
}
