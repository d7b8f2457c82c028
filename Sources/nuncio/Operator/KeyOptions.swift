import ArgumentParser
import DelegateAPI

/// What a key may do.
struct KeyOptions: ParsableArguments {
    @Option(help: "What to call the key; at most 64 characters.")
    var label: String?

    @Option(help: "A network from which alone the key may be used, in CIDR notation; may be given several times.")
    var allowFrom: [String] = []

    @Option(help: "Until when the key is taken: 90d, 12h, 2027-01-31, or 2027-01-31T12:00:00Z. Default: for ever.")
    var expires: ExpiryArgument?

    var isGiven: Bool { label != nil || !allowFrom.isEmpty || expires != nil }

    var request: KeyRequest {
        KeyRequest(label: label, allowfrom: allowFrom.isEmpty ? nil : allowFrom, expires: expires.map { .some($0.text) })
    }
}

/// How a new key takes the place of the others.
struct RotationOptions: ParsableArguments {
    @Option(help: "What to call the new key. Default: as the newest good one.")
    var label: String?

    @Option(help: "How long the other keys are taken still, as 90d, 24h, 30m; 0s ends them at once.")
    var overlap = DurationArgument(seconds: 24 * 3600)

    var request: RotateRequest { RotateRequest(label: label, overlapSeconds: overlap.seconds) }
}

/// How a new key is printed.
struct CredentialOptions: ParsableArguments {
    @Option(help: "The domain for which certificates are wanted; for the forms that name it.")
    var domain: String?

    @Option(help: "How to print the credential.")
    var format = CredentialFormat.json

    func show(_ key: NewKeyResponse) throws {
        if let group = key.group, format == .json {
            print(try JSONLine.text(key))
            printToStandardError("Clients name in “subdomain” which delegate of the group \(group) they mean.")
            return
        }
        // A group's key is used with the label of whichever of its delegates is meant.
        let credential = RegisterResponse(
            username: key.username, password: key.password, fulldomain: key.fulldomain ?? "", subdomain: key.subdomain ?? "",
            allowfrom: key.allowfrom, serverURL: key.serverUrl)
        print(format.text(of: credential, domain: domain ?? "example.com", server: key.serverUrl))
        printToStandardError(format.advice(server: key.serverUrl))
        if let name = key.fulldomain {
            printToStandardError("The record in the zone of \(domain ?? "the domain"):")
            printToStandardError("    _acme-challenge.\(domain ?? "example.com"). CNAME \(name).")
        } else if let group = key.group {
            printToStandardError("Clients name in “subdomain” which delegate of the group \(group) they mean.")
        }
        if let expires = key.expires { printToStandardError("The key is taken until \(expires).") }
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
