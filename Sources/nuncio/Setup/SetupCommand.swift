import ArgumentParser
import Daemon
import Foundation
import Glibc
import Sockets

struct SetupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        abstract: "Write the configuration of a new server, and say what the DNS needs for it.",
        discussion: """
            EXAMPLE:
              nuncio setup
              nuncio setup --yes --zone delegates.example.net \\
                  --address 192.0.2.53 --public-url https://auth.example.net

            It asks for what no option gives, looks at this machine and at the DNS, writes the configuration, and prints the records for \
            the parent zone and the next commands. A file that exists is never changed: for one, it says whether all is there.

            Exit code 0 if it wrote the file, or if the file was there and all is well; 2 if the configuration is wrong; 5 if the file \
            cannot be made, or has another value than an option; 6 if the DNS or the server could not be asked about a part; 8 if something is missing \
            or wrong; 64 if an answer is missing or cannot be.
            """)

    @OptionGroup var options: SetupOptions

    @Option(help: ArgumentHelp("The configuration file.", valueName: "file"))
    var output = DefaultConfiguration.path

    @Flag(help: "Ask nothing: take the default for each option that is not given.")
    var yes = false

    @Flag(help: "Print one JSON object: file, written, complete, checks, parent_zone, warnings, next.")
    var json = false

    func run() async throws {
        do {
            let file = try SetupFile(output)
            try StandardOutput.checkIsOpen()
            if file.exists {
                try await review(file)
            } else {
                try await write(file)
            }
        } catch let failure as Failure {
            throw failure.reported()
        }
    }

    private func write(_ file: SetupFile) async throws {
        try file.checkCanBeMade()
        let machine = await MachineLook.look()
        let answers = try SetupInterview(options: options, machine: machine, source: source).answers()
        let text = ConfigurationText(answers).text
        var entries = ConfigurationEntries()
        entries.add(text: text, path: file.path)
        let configuration = try configuration(entries)
        var warnings = configuration.warnings.map(\.description)
        for endpoint in configuration.nameserver.listen {
            if let obstacle = await MachineLook.obstacle(toListeningOn: endpoint) { warnings.append(obstacle) }
        }
        for endpoint in configuration.webserver.listen {
            if let obstacle = await MachineLook.obstacle(toListeningOn: endpoint, onlyTCP: true) { warnings.append(obstacle) }
        }
        let checks = SetupChecks(configuration)
        let found =
            await [checks.beforeStart] + checks.ofRecords()
        try file.write(text)
        try await report(SetupReport(file, configuration, found, warnings, isWritten: true))
    }

    private func review(_ file: SetupFile) async throws {
        var entries = ConfigurationEntries()
        entries.add(file: file.path)
        try SetupConflict.check(options, with: entries, file: file)
        let configuration = try configuration(entries)
        let checks = SetupChecks(configuration)
        let server = await checks.ofServer()
        var found = await [server] + checks.ofRecords()
        if let certificate = await checks.ofCertificate(server: server, file: file.path) { found.append(certificate) }
        try await report(SetupReport(file, configuration, found, configuration.warnings.map(\.description), isWritten: false))
        guard found.exitCode == .success else { throw found.exitCode }
    }

    /// Reads the configuration as the server will, with the resolvers of `--resolver`.
    private func configuration(_ entries: ConfigurationEntries) throws -> Configuration {
        var entries = entries
        entries.add(environment: ProcessInfo.processInfo.environment)
        entries.add(option: "--resolver", for: "dnssec.resolvers", values: options.resolverEndpoints)
        do {
            let configuration = try Configuration(entries, processors: ProcessInfo.processInfo.activeProcessorCount)
            let problems = [configuration.certificateProblem, configuration.misplacedKeysProblem].compactMap(\.self)
            guard problems.isEmpty else {
                throw Failure(message: problems.joined(separator: "\nnuncio: "), exitCode: .configurationProblem)
            }
            return configuration
        } catch let problems as ConfigurationProblems {
            let text = problems.all.map(\.description).joined(separator: "\nnuncio: ")
            throw Failure(message: text, exitCode: .configurationProblem)
        }
    }

    private var source: SetupInterview.Source {
        if yes { return .defaults }
        return isatty(STDIN_FILENO) == 1 ? .dialogue(.terminal) : .none
    }

    private func report(_ report: SetupReport) throws {
        if json { try printToStandardOutput(JSONLine.text(report)) } else { try report.printed() }
    }
}

extension SetupReport {
    fileprivate init(
        _ file: SetupFile, _ configuration: Configuration, _ checks: [SetupCheck], _ warnings: [String], isWritten: Bool
    ) async {
        let isComplete = checks.exitCode == .success
        let steps = SetupSteps(
            configuration: configuration, checks: checks, file: file.path, proxyPort: await MachineLook.stateOfHTTPSPort())
        self.init(
            file: file.path, isWritten: isWritten, isComplete: isComplete, checks: checks,
            parentZone: ParentZone(of: configuration).lines, warnings: warnings,
            next: isComplete ? [] : steps.all)
    }
}
