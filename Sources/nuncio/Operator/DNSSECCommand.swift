import ArgumentParser
import DNS
import DNSSEC
import Daemon
import DelegateAPI
import Foundation
import Signing
import SystemErrors

struct DNSSECCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dnssec",
        abstract: "Show how the zones are signed, print the DS records for their parents, and change keys.",
        discussion: """
            EXAMPLE:
              nuncio dnssec ds --config nuncio.yaml
              nuncio dnssec status --config nuncio.yaml
              nuncio dnssec rollover delegates.example.net --config nuncio.yaml

            Zones are signed from the first start on. Resolvers check the signatures as soon as the parent zone has the DS record.
            """,
        subcommands: [Status.self, DelegationSigner.self, Rollover.self, Generate.self, Export.self])
}

extension DNSSECCommand {
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show which keys sign, what the parents have, and what a change of keys waits for.",
            discussion: """
                EXAMPLE:
                  nuncio dnssec status --config nuncio.yaml

                Exit code 0 if nothing needs the operator, 5 if the parent's DS records match none of the keys or keys could \
                not be changed, 6 if there is no server.
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

                If a registrar asks for fields, they follow “DS” in this order: key tag, algorithm, digest type, digest. \
                Parents that look for CDS or CDNSKEY records find them in the zones.
                """)

        @Argument(help: "The zone. Default: all zones.", transform: NameArgument.zone)
        var zone: DomainName?
        @OptionGroup var options: OperatorOptions
        @Flag(help: "Print the records for zones of name servers elsewhere, for a parent that bootstraps from CDS (RFC 9615).")
        var signals = false
        @Flag(help: "Print one JSON object.")
        var json = false

        func run() async throws {
            try await OperatorClient.with(options) { client in
                let answer: SigningResponse = try await client.get(["dnssec"])
                let zones = answer.zones.filter { entry in zone.map { (try? DomainName(entry.zone)) == $0 } ?? true }
                guard !zones.isEmpty else {
                    throw Failure(message: "“\(zone?.withoutFinalDot ?? "")” is not a zone of this server", exitCode: .refused)
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
            abstract: "Start to replace a zone's key, cancel that, or confirm that the parent zone is ready.",
            discussion: """
                EXAMPLE:
                  nuncio dnssec rollover delegates.example.net --config nuncio.yaml
                  nuncio dnssec rollover delegates.example.net --algorithm ed25519 --config nuncio.yaml
                  nuncio dnssec rollover delegates.example.net --ds-published --config nuncio.yaml

                The change goes on by itself, and resolvers never see anything that does not match. Without other options, it \
                replaces the key whose DS the parent has; “nuncio dnssec status” says when the parent needs the new one.
                """)

        @Argument(help: "The zone.", transform: NameArgument.zone)
        var zone: DomainName
        @OptionGroup var options: OperatorOptions
        @Option(help: "Which key to replace: csk, ksk or zsk.")
        var key: String?
        @Option(help: "Replace all keys by new ones of this algorithm: ecdsap256sha256 or ed25519.")
        var algorithm: String?
        @Flag(help: "Cancel the change: the key that was to go stays.")
        var cancel = false
        @Flag(help: "Confirm that the parent zone has the new DS or, where signing ends, no DS any more.")
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
            abstract: "Write a new key to a file, for “dnssec.private-keys: credentials”.",
            discussion: """
                EXAMPLE:
                  nuncio dnssec generate delegates.example.net --output /etc/nuncio/keys
                  # in the unit: LoadCredential=dnssec:/etc/nuncio/keys

                The file has the format of BIND's tools. The server uses it when it needs a key of that kind, and reports it \
                as found, not made (log, “nuncio dnssec status”).
                """)

        @Argument(help: "The zone.", transform: NameArgument.zone)
        var zone: DomainName
        @Option(help: "The folder for the file.")
        var output = "."
        @Option(help: "The role of the key: csk, ksk or zsk.")
        var key = "csk"
        @Option(help: "ecdsap256sha256 or ed25519.")
        var algorithm = "ecdsap256sha256"

        func validate() throws {
            guard ZoneKeys.Role(rawValue: key) != nil else { throw ValidationError("“\(key)” is not csk, ksk or zsk") }
            guard SigningAlgorithm(algorithm) != nil else {
                throw ValidationError("“\(algorithm)” is neither ecdsap256sha256 nor ed25519")
            }
        }

        func run() throws {
            guard let algorithm = SigningAlgorithm(algorithm), let role = ZoneKeys.Role(rawValue: key) else { return }
            let made = SigningKey(algorithm, isSecureEntryPoint: role != .zoneSigning, avoiding: [])
            do {
                let others = try KeyFile.names(of: zone, in: output)
                try printToStandardOutput(KeyFile.make(for: made, of: zone, in: output))
                guard !others.isEmpty else { return }
                printToStandardError(
                    "nuncio: “\(output)” already had keys of \(zone.withoutFinalDot): \(others.joined(separator: ", ")). A new zone takes the keys "
                        + "that it finds: one CSK, or one KSK and one ZSK; leave only those there")
            } catch let failure as DurableFolder.Failure where failure.isInPlace {
                throw Failure(message: failure.description, exitCode: .refused).reported()
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
        if let parentTrouble { lines.append("  when resolvers were last asked: \(parentTrouble)") }
        if let expires { lines.append("  the first signature ends: \(expires); each is renewed a week before its end") }
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
            lines.append("  key \(key.tag) was found where keys are kept, not made by this server")
        }
        lines += ds.map { "  \($0)" }
        return lines
    }

    private var parentSentence: String {
        let asked = parentAsked.map { " (asked \($0))" } ?? ""
        return switch parent {
        case "matches": "matches\(asked)"
        case "none": "none: resolvers treat the zone as unsigned\(asked)"
        case "unusable":
            "no resolver knows its algorithm or digest type, so they treat the zone as unsigned\(asked)"
        case "wrong": "MATCHES NONE OF THE KEYS: resolvers treat all answers as forged\(asked)"
        default: "not known: no resolver has said what the parent has"
        }
    }
}
