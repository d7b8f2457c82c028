import ArgumentParser
import DelegateAPI

/// What a key may do.
struct KeyOptions: ParsableArguments {
    @Option(help: "What to call the key; at most 64 characters.")
    var label: String?

    @Option(help: "Allow the key only from this network, in CIDR notation; may be given several times.")
    var allowFrom: [String] = []

    @Option(help: "When the key expires: 90d, 12h, 2027-01-31, or 2027-01-31T12:00:00Z. Default: never.")
    var expires: ExpiryArgument?

    var isGiven: Bool { label != nil || !allowFrom.isEmpty || expires != nil }

    var request: KeyRequest {
        KeyRequest(label: label, allowfrom: allowFrom.isEmpty ? nil : allowFrom, expires: expires.map { .some($0.text) })
    }
}

/// How a new key replaces the others.
struct RotationOptions: ParsableArguments {
    @Option(help: "What to call the new key. Default: like the newest valid one.")
    var label: String?

    @Option(help: "How long the other keys stay valid, like 90d, 24h, 30m; 0s ends them at once.")
    var overlap = DurationArgument(seconds: 24 * 3600)

    var request: RotateRequest { RotateRequest(label: label, overlapSeconds: overlap.seconds) }
}

/// How a new key is given out.
struct CredentialOptions: ParsableArguments {
    @Option(
        help: "The domain that needs certificates; for the formats that name it. “nuncio domains add” declares it.",
        transform: CertificateDomain.name)
    var domain: String?

    @Option(help: "The format of the credential.")
    var format = CredentialFormat.json

    @OptionGroup var output: CredentialOutput

    /// - Parameter member: for a group's key, the name of the delegate at which its client publishes; `nil` if the client names one
    ///   itself.
    func show(_ key: NewKeyResponse, member: String? = nil, at place: CredentialPlace) throws {
        var key = key
        if let member {
            key.fulldomain = member
            key.subdomain = member.split(separator: ".").first.map(String.init)
        }
        if let group = key.group, format == .json {
            try place.keep(try JSONLine.text(key), another: another(key))
            if member == nil {
                printToStandardError("Clients say in “subdomain” which delegate of the group \(group) they mean.")
            }
        } else {
            let credential = RegisterResponse(
                username: key.username, password: key.password, fulldomain: key.fulldomain ?? "",
                subdomain: key.subdomain ?? "", allowfrom: key.allowfrom, serverURL: key.serverUrl)
            try place.keep(
                format.text(of: credential, domains: [domain ?? "example.com"], server: key.serverUrl), another: another(key))
            printToStandardError(format.advice(server: key.serverUrl, file: place.path))
        }
        if let name = key.fulldomain {
            printToStandardError("The record in the zone of \(domain ?? "the domain"):")
            printToStandardError("    _acme-challenge.\(domain ?? "example.com"). CNAME \(name).")
        }
        if let expires = key.expires { printToStandardError("The key is valid until \(expires).") }
    }
}

extension CredentialOptions {
    /// How to get another key instead of one that was made and not seen.
    fileprivate func another(_ key: NewKeyResponse) -> String {
        let command =
            key.group.map { "nuncio keys rotate --group \($0)" } ?? "nuncio delegates rotate \(key.fulldomain ?? "NAME")"
        return "“\(command)” makes another key, and “nuncio keys delete \(key.username)” ends this one."
    }
}

/// The delegate at which the client of a group's key publishes.
struct MemberOptions: ParsableArguments {
    @Option(
        help: "For a group's key: the delegate of the group at which its client publishes. All formats but json need it.")
    var subdomain: String?

    func check(_ owner: KeyOwner, _ output: CredentialOptions) throws {
        guard owner.group != nil else {
            guard subdomain == nil else { throw ValidationError("--subdomain is for the keys of groups") }
            return
        }
        guard output.format == .json || subdomain != nil else {
            throw ValidationError(
                "the format \(output.format.rawValue) names the delegate at which its client publishes, and a group has several: "
                    + "name one with --subdomain, or use --format json")
        }
    }

    /// - Returns: the whole name of the delegate; `nil` if none is named.
    /// - Throws: ``Failure`` if it is not a member of the group.
    func name(in owner: KeyOwner, _ client: OperatorClient) async throws -> String? {
        guard let subdomain, let group = owner.group else { return nil }
        let details: GroupDetails = try await client.get(["groups", group])
        let wanted = DomainKey.normalized(subdomain)
        let found = details.delegates.map(DomainKey.normalized).first { $0 == wanted || $0.hasPrefix(wanted + ".") }
        guard let found else {
            throw Failure(
                message:
                    "\(subdomain) is not a delegate of the group \(group): add it with “nuncio groups add \(group) \(subdomain)”",
                exitCode: .refused)
        }
        return found
    }
}

extension [KeyDescription] {
    /// Lines of a table.
    var table: [String] {
        var table = TextTable("KEY", "LABEL", "STATE", "CREATED", "EXPIRES", "LAST USED", "FROM", "ALLOWED FROM")
        for key in self {
            table.add([
                key.id, key.label, key.state.rawValue, key.created, key.expires ?? "never", key.lastUsed?.at ?? "never",
                key.lastUsed?.from ?? "", key.allowfrom.isEmpty ? "everywhere" : key.allowfrom.joined(separator: " "),
            ])
        }
        return table.lines
    }
}
