import ArgumentParser
import DNS
import DNSSEC
import Daemon
import DelegateAPI
import Foundation
import SystemErrors

struct DNSSECCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dnssec",
        abstract: "See how the zones are signed, get the DS records for their parents, and change keys.",
        discussion: """
            EXAMPLE:
              nuncio dnssec ds --config nuncio.yaml
              nuncio dnssec status --config nuncio.yaml
              nuncio dnssec rollover delegates.example.net --config nuncio.yaml

            Zones are signed from the first start on. Resolvers look at the signatures as soon as the parent zone has the DS record.
            """,
        subcommands: [Status.self, DelegationSigner.self, Rollover.self, Generate.self])
}

extension DNSSECCommand {
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell which keys sign, what the parents have, and what a change of keys waits for.",
            discussion: """
                EXAMPLE:
                  nuncio dnssec status --config nuncio.yaml

                Exit code 0 if nothing needs the operator, 5 if the parent's DS records fit none of the keys or keys could not be \
                changed, 6 if there is no server.
                """)

        @OptionGroup var options: OperatorOptions
        @Flag(help: "Print one JSON object.")
        var json = false

        func run() async throws {
            try await OperatorClient.with(options) { client in
                let answer: SigningResponse = try await client.get(["dnssec"])
                if json {
                    try printToStandardOutput(JSONLine.text(answer))
                } else {
                    try printToStandardOutput(answer.zones.map { $0.lines.joined(separator: "\n") }.joined(separator: "\n\n"))
                }
                if answer.zones.contains(where: { $0.parent == "wrong" || $0.trouble != nil }) { throw ExitCode.refused }
            }
        }
    }

    struct DelegationSigner: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ds",
            abstract: "Print the DS records for the parent zones.",
            discussion: """
                EXAMPLE:
                  nuncio dnssec ds --config nuncio.yaml
                  nuncio dnssec ds delegates.example.net --config nuncio.yaml --signals

                Where a registrar asks for fields: key tag, algorithm, digest type and digest stand after “DS” in this order. Parents \
                that look for CDS or CDNSKEY records find them in the zones.
                """)

        @Argument(help: "The zone; without it all zones.", transform: NameArgument.zone)
        var zone: DomainName?
        @OptionGroup var options: OperatorOptions
        @Flag(help: "Print what the zones of name servers elsewhere need for a parent that begins with CDS (RFC 9615).")
        var signals = false
        @Flag(help: "Print one JSON object.")
        var json = false

        func run() async throws {
            try await OperatorClient.with(options) { client in
                let answer: SigningResponse = try await client.get(["dnssec"])
                let zones = answer.zones.filter { entry in zone.map { (try? DomainName(entry.zone)) == $0 } ?? true }
                guard !zones.isEmpty else {
                    throw Failure(message: "“\(zone?.withoutFinalDot ?? "")” is no zone of this server", exitCode: .refused)
                }
                if json { return try printToStandardOutput(JSONLine.text(SigningResponse(zones: zones))) }
                for entry in zones where !entry.signed { printToStandardError("nuncio: \(entry.zone) is not signed") }
                for line in zones.flatMap({ signals ? $0.signals : $0.ds }) { try printToStandardOutput(line) }
                guard zones.contains(where: \.signed) else { throw ExitCode.refused }
            }
        }
    }

    struct Rollover: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Begin to replace a zone's key, turn that back, or say that the parent zone is ready.",
            discussion: """
                EXAMPLE:
                  nuncio dnssec rollover delegates.example.net --config nuncio.yaml
                  nuncio dnssec rollover delegates.example.net --algorithm ed25519 --config nuncio.yaml
                  nuncio dnssec rollover delegates.example.net --ds-published --config nuncio.yaml

                It goes on by itself, and at no moment does a resolver see something that does not fit. Without other options the key is \
                replaced whose DS the parent has; “nuncio dnssec status” tells when the parent is to get the new one.
                """)

        @Argument(help: "The zone.", transform: NameArgument.zone)
        var zone: DomainName
        @OptionGroup var options: OperatorOptions
        @Option(help: "Which key to replace: csk, ksk or zsk.")
        var key: String?
        @Option(help: "Replace all keys by new ones of this algorithm: ecdsap256sha256 or ed25519.")
        var algorithm: String?
        @Flag(help: "Turn back what was begun: the key that was to go stays.")
        var cancel = false
        @Flag(help: "Say that the parent zone has the new DS or, where signing ends, none any more.")
        var dsPublished = false
        @Flag(help: "Print one JSON object.")
        var json = false

        func validate() throws {
            let chosen = [key != nil, algorithm != nil, cancel, dsPublished].count { $0 }
            guard chosen <= 1 else {
                throw ValidationError("--key, --algorithm, --cancel and --ds-published do not go together")
            }
        }

        func run() async throws {
            try await OperatorClient.with(options) { client in
                let action = cancel ? "cancel" : dsPublished ? "confirm" : "rollover"
                let body = cancel || dsPublished ? nil : RolloverRequest(key: key, algorithm: algorithm)
                let answer: ZoneSigningDescription = try await client.send(
                    .post, ["dnssec", zone.withoutFinalDot, action], body: body)
                try printToStandardOutput(json ? JSONLine.text(answer) : answer.lines.joined(separator: "\n"))
            }
        }
    }

    struct Generate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key into a file, for “dnssec.private-keys: credentials”.",
            discussion: """
                EXAMPLE:
                  nuncio dnssec generate delegates.example.net --output /etc/nuncio/keys
                  # in the unit: LoadCredential=dnssec:/etc/nuncio/keys

                The file has the form of BIND's tools. The server uses it when it needs a key of that kind, and tells of it as found, not \
                made (log, “nuncio dnssec status”).
                """)

        @Argument(help: "The zone.", transform: NameArgument.zone)
        var zone: DomainName
        @Option(help: "A folder.")
        var output = "."
        @Option(help: "What it signs: csk, ksk or zsk.")
        var key = "csk"
        @Option(help: "ecdsap256sha256 or ed25519.")
        var algorithm = "ecdsap256sha256"

        func validate() throws {
            guard ["csk", "ksk", "zsk"].contains(key) else { throw ValidationError("“\(key)” is none of csk, ksk and zsk") }
            guard SigningAlgorithm(algorithm) != nil else {
                throw ValidationError("“\(algorithm)” is none of ecdsap256sha256 and ed25519")
            }
        }

        func run() throws {
            guard let algorithm = SigningAlgorithm(algorithm) else { return }
            let made = SigningKey(algorithm, isSecureEntryPoint: key != "zsk", avoiding: [])
            do {
                let others = try KeyFile.names(of: zone, in: output)
                try printToStandardOutput(KeyFile.make(for: made, of: zone, in: output))
                guard !others.isEmpty else { return }
                printToStandardError(
                    "nuncio: “\(output)” had keys of \(zone.withoutFinalDot) before: \(others.joined(separator: ", ")). A zone that begins takes the keys "
                        + "that it finds, one CSK, or one KSK and one ZSK; leave only those there")
            } catch {
                throw Failure(message: "no key can be made in “\(output)”: \(SystemError.text(error))", exitCode: .refused)
                    .reported()
            }
        }
    }
}

extension ZoneSigningDescription {
    /// The description for people.
    fileprivate var lines: [String] {
        var lines = ["\(zone): \(state)"]
        if let waitsFor { lines.append("  waits \(until.map { "until \($0), " } ?? "")\(waitsFor)") }
        if let trouble { lines.append("  TROUBLE: \(trouble)") }
        guard signed else { return lines }
        lines.append("  parent's DS: \(parentSentence)")
        if let parentTrouble { lines.append("  when resolvers were asked last: \(parentTrouble)") }
        if let expires { lines.append("  the first signature ends: \(expires); each is made anew a week before its end") }
        var table = TextTable("KEY", "ALGORITHM", "ROLE", "PUBLISHED", "SIGNS", "PARENT'S DS")
        for key in keys {
            let signs = [key.signsKeys ? "keys" : nil, key.signsData ? "data" : nil].compactMap(\.self)
            let has = key.parentHas.map { $0 ? "there" : "missing" } ?? "unknown"
            table.add([
                "\(key.tag)", key.algorithm, key.role, key.published ? "yes" : "no",
                signs.isEmpty ? "nothing" : signs.joined(separator: " and "),
                key.parentShouldHave ? has : key.parentHas == true ? "there, not needed" : "not needed",
            ])
        }
        lines += table.lines.map { "  " + $0 }
        for key in keys where key.adopted {
            lines.append("  key \(key.tag) was found where keys are kept, and not made by this server")
        }
        lines += ds.map { "  \($0)" }
        return lines
    }

    private var parentSentence: String {
        let asked = parentAsked.map { " (asked \($0))" } ?? ""
        return switch parent {
        case "matches": "fits\(asked)"
        case "none": "there is none: resolvers take the zone for one that is not signed\(asked)"
        case "unusable":
            "no resolver knows its algorithm or digest type, so they take the zone for one that is not signed\(asked)"
        case "wrong": "FITS NONE OF THE KEYS: resolvers take all answers for forged\(asked)"
        default: "not known: no resolver has told what the parent has"
        }
    }
}
