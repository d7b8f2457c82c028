import ArgumentParser
import CAA
import DNS
import DNSClient
import Daemon
import DelegateAPI
import Doctor
import Foundation
import Sockets
import Validation

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Find out whether a domain's certificates can be had, by whom else, and which record to change.",
        discussion: """
            EXAMPLE:
              nuncio doctor example.com
              nuncio doctor example.com --account https://acme-v02.api.letsencrypt.org/acme/acct/123 --wildcard
              nuncio doctor example.com --config /etc/nuncio/nuncio.yaml --json
              nuncio doctor example.com --probe --credentials credential.json

            Name servers are asked themselves, from the root down, so no cache is in the way. Answers are validated by libunbound. \
            With --config or --url the command also compares the DNS with what the running server has.

            --probe publishes a random value with the credential, waits for at most 60 seconds until each name server of the \
            delegate's zone and each --resolver has it, withdraws it, and prints how long each took. The API withdraws all values of \
            a delegate at once, so other values are published again afterwards.

            Exit code 0 if all is well, 1 if there is a warning or something could not be looked at, 2 if there is an error or a \
            server never had the probe's value, 5 or 6 if the server refuses or cannot be reached, 64 if the command line is wrong, \
            130 if the probe was interrupted.
            """)

    @Argument(
        help: "The domain whose certificate is wanted; “*.” in front of it stands for --wildcard.",
        transform: ExaminedDomain.init)
    var domain: ExaminedDomain

    @Option(
        help: "The delegate to which the CNAME must lead. Default: the one to which it leads.", transform: NameArgument.host)
    var delegate: DomainName?

    @Option(help: "The URI of an ACME account that may obtain certificates; repeat it for more.")
    var account: [String] = []

    @Option(help: "The name of an authority in CAA records; repeat it for more. Default: letsencrypt.org")
    var authority: [String] = []

    @Flag(help: "Certificates for the names below are wanted, too.")
    var wildcard = false

    @Option(help: "The YAML file of a server on this machine, which is asked what it has.")
    var config: String?

    @Option(help: "The URL of a server that listens for operators on TCP, which is asked what it has. (operator.listen)")
    var url: String?

    @Option(help: "The file with the token for --url. (operator.token-file)")
    var tokenFile: String?

    @Option(help: "A resolver whose answer is compared, as an address or as ADDRESS:PORT; repeat it for more.")
    var resolver: [String] = []

    @Option(help: "A file with the addresses of the root’s name servers. Default: those of the Internet.")
    var rootHints: String?

    @Option(help: "A file with DS or DNSKEY records that are trusted. Default: the keys of the Internet’s root.")
    var trustAnchor: String?

    @Flag(help: "Publish a random value, measure how long each name server and resolver takes to have it, and withdraw it.")
    var probe = false

    @Option(help: "The file with the credential for --probe, as “nuncio register” printed it.")
    var credentials: String?

    @Option(help: "The URL of the API for --probe. Default: the one in the file of --credentials.")
    var server: String?

    @Flag(help: "Probe also if a value was published within the last 10 minutes, which a running order may need.")
    var force = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard config == nil || url == nil else {
            throw ValidationError("--config and --url are two ways to a server: give one")
        }
        guard (url == nil) == (tokenFile == nil) else { throw ValidationError("--url and --token-file go together") }
        guard probe == (credentials != nil) else { throw ValidationError("--probe and --credentials go together") }
        guard probe || (server == nil && !force) else { throw ValidationError("--server and --force are only for --probe") }
        for uri in account where !Self.isURI(uri) {
            throw ValidationError("“\(uri)” is not the URI of an account, which begins with https:// and has no blanks")
        }
        for name in authority where name.isEmpty || !name.utf8.allSatisfy({ 0x21...0x7E ~= $0 && $0 != UInt8(ascii: ";") }) {
            throw ValidationError("“\(name)” is not the name of an authority in CAA records, as letsencrypt.org is")
        }
        for name in authority {
            guard let near = AuthorityTable.identity(near: name) else { continue }
            throw ValidationError("“\(name)” is no authority’s name in CAA records that is known: “\(near)” is one")
        }
        if let delegate, delegate.labelCount == 1 {
            throw ValidationError("give the delegate’s whole name, as \(delegate.withoutFinalDot).delegates.example.net")
        }
        for text in resolver where Self.endpoint(text) == nil {
            throw ValidationError("“\(text)” is not an address like 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:53")
        }
    }

    func run() async throws {
        var examination = Examination(domain: domain.name, means: try means())
        let holder = try await holder()
        examination.delegate = delegate ?? holder?.delegate
        examination.accounts = account
        if !authority.isEmpty { examination.authorities = authority }
        examination.isWildcardWanted = wildcard || domain.isWildcard
        examination.resolvers = resolver.compactMap(Self.endpoint)
        let diagnosis: Diagnosis
        if config == nil && url == nil {
            diagnosis = await diagnose(examination)
        } else {
            do {
                diagnosis = try await OperatorClient.with(try operatorOptions()) { client in
                    var examination = examination
                    examination.server = try await ServerView(askedOf: client, configuration: config)
                    return await diagnose(examination)
                }
            } catch let code as ExitCode where code == .configurationProblem {
                // 2 says that the domain has an error.
                throw ExitCode.validationFailure
            }
        }
        if !json { try diagnosis.printed(for: domain.name) }
        let measured: ProbeDescription?
        do {
            measured = try await probed(examination, holder)
        } catch {
            if json { try printToStandardOutput(JSONLine.text(diagnosis.response(for: domain.name))) }
            throw error
        }
        if json {
            var response = diagnosis.response(for: domain.name)
            response.probe = measured
            if measured?.hasArrived == false { response.verdict = Verdict.error.rawValue }
            try printToStandardOutput(JSONLine.text(response))
        }
        if let measured {
            if !json { try printToStandardOutput("\n" + measured.lines.joined(separator: "\n")) }
            guard measured.hasArrived else { throw ExitCode(2) }
        }
        switch diagnosis.verdict {
        case .ok: return
        case .warning: throw ExitCode(1)
        case .error: throw ExitCode(2)
        }
    }

    private func diagnose(_ examination: Examination) async -> Diagnosis {
        let progress = StepProgress()
        defer { progress.end() }
        return await examination.diagnosis { progress.show($0) }
    }

    /// The holder for whom a probe publishes.
    private struct Holder {
        var credential: CredentialFile
        var client: APIClient
        var delegate: DomainName
    }

    /// Reads the credential before anything else: what is wrong with it can be said at once, and the CNAME must lead to its delegate.
    ///
    /// - Returns: `nil` if no probe is wanted.
    private func holder() async throws -> Holder? {
        guard let credentials else { return nil }
        do {
            let credential = try CredentialFile(path: credentials, domain: domain.name.withoutFinalDot)
            let client = try APIClient(server: credential.serverURL(option: server, path: credentials))
            let delegate = try await client.delegate(credential).delegate
            return Holder(credential: credential, client: client, delegate: try DomainName(delegate).lowercased)
        } catch let failure as Failure {
            throw failure.reported()
        }
    }

    /// - Returns: `nil` if no probe is wanted.
    /// - Throws: an exit code; the problem has been printed.
    private func probed(
        _ examination: Examination, _ holder: Holder?
    ) async throws -> ProbeDescription? {
        guard let holder else { return nil }
        let progress = StepProgress()
        defer { progress.end() }
        do {
            return try await ProbeRun(
                of: examination, client: holder.client, credential: holder.credential, isForced: force, progress: progress
            ).outcome()
        } catch is ProbeRun.Interrupted {
            progress.end()
            throw Failure(message: "interrupted; the probe’s value is withdrawn", exitCode: ExitCode(130)).reported()
        } catch let failure as Failure {
            progress.end()
            throw failure.reported()
        }
    }

    private func operatorOptions() throws -> OperatorOptions {
        try OperatorOptions.parse(
            (config.map { ["--config", $0] } ?? []) + (url.map { ["--url", $0] } ?? [])
                + (tokenFile.map { ["--token-file", $0] } ?? []))
    }

    private func means() throws -> Examination.Means {
        var means = Examination.Means()
        if let rootHints {
            do {
                means.hints = try RootHints(masterFile: Array(try SmallFile.text(at: rootHints, maximumLength: 1_000_000).utf8))
            } catch {
                throw Failure(
                    message: "the file of root hints “\(rootHints)” cannot be used: \(error)", exitCode: .validationFailure
                ).reported()
            }
            means.validator.source = .nameservers(hintsFile: rootHints)
        }
        if let trustAnchor {
            guard FileManager.default.isReadableFile(atPath: trustAnchor) else {
                throw Failure(message: "the trust anchor “\(trustAnchor)” cannot be read", exitCode: .validationFailure)
                    .reported()
            }
            means.validator.anchors = .file(trustAnchor)
        }
        return means
    }

    private static func isURI(_ text: String) -> Bool {
        text.hasPrefix("https://") && text.utf8.count > 8
            && text.utf8.allSatisfy { 0x21...0x7E ~= $0 && $0 != UInt8(ascii: ";") }
    }

    private static func endpoint(_ text: String) -> Endpoint? {
        if let endpoint = Endpoint(text), endpoint.port != 0 { return endpoint }
        if let address = IPv4Address(text) { return Endpoint(host: .v4(address), port: 53) }
        if let address = IPv6Address(text) { return Endpoint(host: .v6(address), port: 53) }
        return nil
    }
}

/// The domain on the command line.
struct ExaminedDomain: Sendable {
    var name: DomainName
    var isWildcard: Bool

    init(_ text: String) throws {
        isWildcard = text.hasPrefix("*.")
        let rest = isWildcard ? String(text.dropFirst(2)) : text
        guard !rest.lowercased().hasPrefix("_acme-challenge.") else {
            throw ValidationError("name the domain itself: “\(rest.dropFirst("_acme-challenge.".count))”")
        }
        name = try NameArgument.host(rest)
    }
}
