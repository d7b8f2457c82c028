import DNS
import DNSClient

/// The CNAME at the challenge's name, and where it leads.
extension Judgement {
    var cname: Check {
        guard case .seen(let place) = facts.challenge else {
            let reason = if case .unseen(let reason) = facts.challenge { reason } else { "" }
            guard facts.isRootReached else {
                return Check(
                    .cname,
                    [
                        Finding(
                            .unknown,
                            "this machine reaches none of the root's name servers, so nothing is known of \(challengeName.text)",
                            remedy: [
                                "see whether it is connected, and UDP and TCP port 53 are open to the outside, or run this elsewhere"
                            ])
                    ])
            }
            return Check(.cname, [Finding(.error, "\(challengeName.text) cannot be looked up: \(reason)")])
        }
        guard let answer = facts.customerAnswer else {
            return Check(
                .cname, [Finding(.error, "no name server of \(place.zone.apex.text) says what \(challengeName.text) is")])
        }
        let findings = standing(answer, in: place) + way(answer)
        return Check(
            .cname,
            findings.isEmpty
                ? [Finding(.ok, "\(challengeName.text) leads to \(leadsTo?.text ?? "a delegate")", found: records(answer))]
                : findings)
    }

    /// What stands at the name itself.
    private func standing(_ answer: ChallengeAnswer, in place: Place) -> [Finding] {
        let (found, wanted) = (records(answer), wantedRecord.map { [$0] } ?? [])
        func error(_ summary: String, remedy: [String]? = nil) -> Finding {
            Finding(.error, summary, found: found, expected: wanted, remedy: remedy ?? self.remedy(removing: found))
        }
        if let owner = answer.redirectedAt {
            guard isRightEnd else {
                return [
                    error(
                        "a DNAME at \(owner.text) leads \(challengeName.text) elsewhere",
                        remedy: ["remove the DNAME record at \(owner), or make the CNAME where it leads"])
                ]
            }
            return [Finding(.info, "a DNAME at \(owner.text) leads \(challengeName.text) to its delegate", found: found)]
        }
        var findings: [Finding] = []
        if answer.targets.count > 1 {
            findings.append(error("\(challengeName.text) has \(answer.targets.count) CNAME records, and must have one"))
        }
        if !answer.targets.isEmpty, !answer.texts.isEmpty {
            findings.append(error("\(challengeName.text) has TXT records beside its CNAME: resolvers see one or the other"))
        }
        if answer.targets.isEmpty {
            if place.zone.apex == challengeName {
                findings.append(
                    error(
                        "\(challengeName.text) is a zone of its own, and so has no CNAME",
                        remedy: ["remove the NS records at \(challengeName) from the zone above"] + remedy(removing: [])))
            } else if !answer.texts.isEmpty {
                findings.append(error(missingBeside(answer)))
            } else if case .absent(let name) = place.state, examination.domain.isAtOrBelow(name) {
                findings.append(nonexistent(name, in: place.zone) { error($0, remedy: $1) })
            } else {
                findings.append(error("\(challengeName.text) has no CNAME record"))
            }
        } else if isFromWildcard(answer) {
            findings.append(wildcard(answer, found: found, wanted: wanted))
        }
        return findings
    }

    /// The domain, or a name above it, is not there.
    private func nonexistent(
        _ name: DomainName, in zone: DelegatedZone, _ error: (String, [String]?) -> Finding
    ) -> Finding {
        if zone.apex.isRoot {
            return error(
                "there is no top-level domain \(name.text), so it does not exist", ["see whether the name is misspelt"])
        }
        // In a top-level domain somebody has to register it; deeper, the challenge needs no other record at the name.
        guard zone.apex.labelCount == 1 else {
            return error("\(challengeName.text) has no CNAME record, and \(name.text) does not exist otherwise", nil)
        }
        return error("\(name.text) does not exist", ["register \(name.text), then:"] + remedy(removing: []))
    }

    /// TXT records alone: made by hand, or by a wildcard.
    private func missingBeside(_ answer: ChallengeAnswer) -> String {
        isFromWildcard(answer)
            ? "a wildcard answers for \(challengeName.text) with TXT records, and there is no CNAME"
            : "\(challengeName.text) has TXT records instead of a CNAME"
    }

    private func wildcard(_ answer: ChallengeAnswer, found: [String], wanted: [String]) -> Finding {
        let place = "*.\(examination.domain.text)"
        return isRightEnd
            ? Finding(
                .warning, "a wildcard at \(place) leads every name to the delegate, not \(challengeName.text) alone",
                found: found,
                expected: wanted, remedy: remedy(removing: ["*.\(examination.domain)"]))
            : Finding(
                .error, "a wildcard at \(place) answers for \(challengeName.text), which has no CNAME of its own", found: found,
                expected: wanted, remedy: remedy(removing: []))
    }

    /// Whether a name that nobody has made has the same records.
    private func isFromWildcard(_ answer: ChallengeAnswer) -> Bool {
        guard case .seen(let random)? = facts.randomName, !random.isEmpty, random.redirectedAt == nil else { return false }
        return random.targets == answer.targets && random.texts == answer.texts
    }

    /// Where the aliases lead.
    private func way(_ answer: ChallengeAnswer) -> [Finding] {
        guard !answer.targets.isEmpty || answer.redirectedAt != nil else { return [] }
        let chain = zip([challengeName] + facts.chain.names, facts.chain.names).map { Self.found($0, .cname($1)) }
        let wanted = wantedRecord.map { [$0] } ?? []
        func error(_ summary: String) -> Finding {
            Finding(.error, summary, found: chain, expected: wanted, remedy: remedy(removing: records(answer)))
        }
        switch facts.chain.end {
        case .none: return []
        case .loop: return [error("the aliases of \(challengeName.text) lead back to themselves")]
        case .tooLong:
            return [
                error("\(challengeName.text) leads through more than \(AliasChain.maximumLength) aliases: resolvers give up")
            ]
        case .unseen(let reason): return [error("where \(challengeName.text) leads cannot be seen: \(reason)")]
        case .unreachable, .place: break
        }
        guard let end = leadsTo else { return [] }
        if let wanted = examination.delegate, wanted != end {
            return [error("\(challengeName.text) leads to \(end.text), not to \(wanted.text)")]
        }
        if case .place(let place) = facts.chain.end, case .absent = place.state, !hasValues {
            return [
                error(
                    "\(challengeName.text) leads to \(end.text), which does not exist: whoever gets that name gets certificates"
                )
            ]
        }
        return known(end, error)
    }

    /// Whether a name server has values at the delegate: some, such as acme-dns, call a name absent that has no record of the type.
    private var hasValues: Bool {
        facts.delegateZone?.servers.contains { $0.values.value?.isEmpty == false } ?? false
    }

    /// What the server says of the delegate.
    private func known(_ end: DomainName, _ error: (String) -> Finding) -> [Finding] {
        guard let server = examination.server else { return [] }
        guard server.zone(of: end) != nil else {
            return [error("\(challengeName.text) leads to \(end.text), which is in none of this server's zones")]
        }
        switch facts.held {
        case .seen(.unknown)?: return [error("\(challengeName.text) leads to \(end.text), which is no delegate of this server")]
        case .seen(.deleted)?:
            return [
                error(
                    "\(challengeName.text) leads to \(end.text), which was deleted and never comes back: enrol another delegate"
                )
            ]
        case .seen(.present(let contents))? where contents.isDisabled:
            return [
                Finding(
                    .warning, "\(end.text) is disabled: nobody can publish there",
                    remedy: ["nuncio delegates enable \(end.text)"])
            ]
        case .unseen(let reason)?: return [Finding(.unknown, "the server does not say what \(end.text) is: \(reason)")]
        case .seen(.present)?, nil: return []
        }
    }

    /// Whether the aliases end at the right delegate, as far as it is known which one that is.
    private var isRightEnd: Bool {
        guard let end = leadsTo else { return false }
        if let delegate = examination.delegate { return delegate == end }
        guard let server = examination.server else { return true }
        return server.zone(of: end) != nil
    }

    private func remedy(removing found: [String]) -> [String] {
        let removals = found.filter { $0 != wantedRecord }.map { "remove: \($0)" }
        let record = wantedRecord ?? "\(challengeName) \(Self.recommendedTTL) IN CNAME <the delegate's name>."
        return removals + [record]
    }

    func records(_ answer: ChallengeAnswer) -> [String] {
        answer.targets.sorted { "\($0)" < "\($1)" }.map { Self.found(challengeName, .cname($0)) }
            + answer.texts.sorted().map { Self.found(challengeName, .txt($0.utf8.prefix(255))) }
    }

    /// A record as it was found, without its TTL, which differs between caches.
    static func found(_ owner: DomainName, _ data: RecordData) -> String { "\(owner) IN \(data.type) \(data)" }
}

extension Facts {
    var customerAnswer: ChallengeAnswer? { customerServers.usualAnswer }
}
