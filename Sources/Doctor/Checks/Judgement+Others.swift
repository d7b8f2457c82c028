import DNS
import DNSClient

/// Who else can obtain a certificate, and what else must be in order.
extension Judgement {
    var otherWays: Check {
        guard facts.isRootReached else { return Check(.otherWays, [Finding(.unknown, "no name server could be asked")]) }
        var findings: [Finding] = []
        if let zone = facts.challenge.value?.zone, zone.apex == challengeName {
            let names = zone.nameservers.keys.sorted { "\($0)" < "\($1)" }
            findings.append(
                Finding(
                    .warning, "\(challengeName.text) is delegated: whoever has its name servers can obtain certificates",
                    found: names.map { Self.found(challengeName, .ns($0)) },
                    remedy: names.map { "remove: \(Self.found(challengeName, .ns($0)))" }))
        }
        for (account, name, answer) in facts.otherWays.accountLabels {
            guard case .seen(let answer) = answer, !answer.isEmpty else { continue }
            let leads = answer.targets.sorted { "\($0)" < "\($1)" }.map { Self.found(name, .cname($0)) }
            findings.append(
                Finding(
                    .info, "\(name.text) is there: the account \(account) can also use dns-account-01",
                    found: leads + answer.texts.sorted().map { Self.found(name, .txt($0.utf8.prefix(255))) }))
        }
        findings += persistentWays + persistentWaysAbove
        return Check(.otherWays, findings.isEmpty ? [Finding(.ok, "there is no other way that is known")] : findings)
    }

    private var persistentWays: [Finding] {
        let name = "_validation-persist.\(examination.domain)"
        switch facts.otherWays.persistent {
        case .unseen(let reason):
            // Where the whole domain is out of sight, another check says so.
            return facts.challenge.value == nil ? [] : [Finding(.unknown, "\(name.dropLast()) was not found out: \(reason)")]
        case .seen(let answer):
            // A wildcard or a DNAME leads all names there, and another check tells of it.
            let isOfAll = answer.redirectedAt != nil || facts.randomName?.value?.targets == answer.targets
            let targets = isOfAll ? [] : answer.targets.sorted { "\($0)" < "\($1)" }
            return answer.texts.sorted().compactMap { PersistentWay($0) }.map { persistent($0, at: name) }
                + targets.map { target in
                    let line = "\(name) IN CNAME \(target)"
                    return Finding(
                        .warning, "\(name.dropLast()) leads to \(target.text): whoever has that name can obtain certificates",
                        found: [line], remedy: ["remove it unless you have made it: \(line)"])
                }
        }
    }

    /// Records of names above count for the domain if their policy has the names below.
    private var persistentWaysAbove: [Finding] {
        facts.otherWays.persistentAbove.flatMap { domain, answer -> [Finding] in
            let name = "_validation-persist.\(domain)"
            return switch answer {
            case .unseen(let reason):
                facts.challenge.value == nil ? [] : [Finding(.unknown, "\(name.dropLast()) was not found out: \(reason)")]
            case .seen(let answer):
                answer.texts.sorted().compactMap { PersistentWay($0) }.filter(\.coversNamesBelow).map {
                    persistent($0, at: name)
                }
            }
        }
    }

    private func persistent(_ way: PersistentWay, at name: String) -> Finding {
        let words = [
            "the account \(way.account)", way.coversNamesBelow ? "with wildcards and names below" : "for the name alone",
            way.end.map { $0 <= facts.moment ? "which has ended" : "until \($0) seconds after 1970" } ?? "without an end",
        ]
        let isOurs = examination.accounts.contains(way.account)
        return Finding(
            isOurs || (way.end ?? .max) <= facts.moment ? .info : .warning,
            "\(way.issuer) may issue without a new challenge to \(words.joined(separator: ", "))",
            found: ["\(name) IN TXT \(RecordData.txt(way.text.utf8.prefix(255)))"],
            remedy: isOurs ? [] : ["remove it unless you have made it: \(name) IN TXT \"\(way.text)\""])
    }

    var mailAndHost: Check {
        var findings: [Finding] = []
        let zones = examination.server?.zones.map(\.apex) ?? delegateZones
        if let delegate = examination.delegate, examination.domain.isAtOrBelow(delegate) {
            findings.append(
                Finding(
                    .error, "\(examination.domain.text) is the delegate, and no domain of a customer",
                    remedy: ["name the domain whose certificate is wanted"]))
        } else if let zone = zones.first(where: { examination.domain.isAtOrBelow($0) }) {
            findings.append(
                Finding(
                    .error,
                    "\(examination.domain.text) is in \(zone.text), the zone of the delegates, and no domain of a customer",
                    remedy: ["name the domain whose certificate is wanted"]))
        } else if case .seen(let place) = facts.domain, case .alias(let owner, let target) = place.state,
            owner == examination.domain,
            target == delegate || examination.server?.zone(of: target) != nil
        {
            findings.append(
                Finding(
                    .error, "\(examination.domain.text) itself leads to a delegate: its web site and its mail are not there",
                    found: [Self.found(examination.domain, .cname(target))],
                    expected: [Self.record(challengeName, .cname(target))],
                    remedy: ["move the record: \(Self.record(challengeName, .cname(target)))"]))
        }
        if let certificate = examination.server?.certificate {
            if let end = certificate.notAfter {
                let days = (end - facts.moment) / 86_400
                if end <= facts.moment {
                    findings.append(
                        Finding(
                            .error, "the certificate of the server's API has expired: clients cannot publish",
                            remedy: ["nuncio certificate renew"]))
                } else if certificate.problem != nil, days < 7 {
                    findings.append(
                        Finding(
                            .warning,
                            "the certificate of the server's API ends in \(days) days, and its renewal fails: \(certificate.problem ?? "")",
                            remedy: ["nuncio certificate renew"]))
                }
            } else {
                findings.append(
                    Finding(
                        .error, "the server's API has no certificate yet: \(certificate.problem ?? "none was obtained")",
                        remedy: ["nuncio certificate status"]))
            }
        }
        return Check(.mailAndHost, findings.isEmpty ? [Finding(.ok, "the domain's own name is no delegate")] : findings)
    }

    /// The zone of the delegate where no server says which it has: none while the aliases end in the customer's own.
    private var delegateZones: [DomainName] {
        guard let apex = facts.delegateZone?.zone.apex else { return [] }
        if let delegate = examination.delegate { return delegate.isAtOrBelow(apex) ? [apex] : [] }
        return apex == facts.challenge.value?.zone.apex ? [] : [apex]
    }

    var asked: Check {
        guard case .seen(.present(let contents))? = facts.held else {
            return Check(.asked, [Finding(.ok, "nothing is known of publications: the server was not asked")])
        }
        guard let published = contents.publishedAt else {
            return Check(.asked, [Finding(.info, "nothing was published at the delegate, or everything was withdrawn")])
        }
        let age = max(0, facts.moment - published)
        let ago =
            age < 120
            ? "\(age) s" : age < 7200 ? "\(age / 60) minutes" : age < 172_800 ? "\(age / 3600) hours" : "\(age / 86_400) days"
        guard let networks = contents.askingNetworks else {
            return Check(.asked, [Finding(.ok, "a value was published \(ago) ago")])
        }
        let summary = "a value was published \(ago) ago, and \(networks.inWords)"
        let isNobodysConcern = networks.count == 0 && !networks.isMinimum && age > 600
        return Check(.asked, [Finding(isNobodysConcern ? .info : .ok, summary)])
    }
}

/// A text at `_validation-persist` (draft-ietf-acme-dns-persist): an authority's name and parameters, of which the account is required. Other
/// texts, as those of a wildcard, are none.
private struct PersistentWay {
    var text: String
    var issuer: String
    var account: String
    /// Whether `policy=wildcard` is there.
    var coversNamesBelow: Bool
    /// In seconds since 1970.
    var end: Int64?

    init?(_ text: String) {
        let parts = text.split(separator: ";").map { $0.filter { !" \t".contains($0) } }
        func value(_ name: String) -> String? {
            parts.dropFirst().first { $0.lowercased().hasPrefix(name.lowercased() + "=") }.map {
                String($0.dropFirst(name.count + 1))
            }
        }
        guard let issuer = parts.first, issuer.contains("."), !issuer.contains("="), let account = value("accounturi") else {
            return nil
        }
        self.text = text
        self.issuer = issuer
        self.account = account
        coversNamesBelow = value("policy")?.lowercased() == "wildcard"
        end = value("persistUntil").flatMap { Int64($0) }
    }
}

extension DelegateView.AskingNetworks {
    fileprivate var inWords: String {
        switch (count, isMinimum) {
        case (0, false): "nobody has asked for it since"
        case (0, true): "nobody has asked for it since the server was started"
        case (let count, let isMinimum):
            "asked for from \(isMinimum ? "at least " : "")\(count) network\(count == 1 ? "" : "s") since"
        }
    }
}
