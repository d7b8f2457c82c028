import ArgumentParser
import Daemon
import Glibc
import Logging
import Sockets
import Supervision

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the name server and the API.",
        discussion: """
            EXAMPLE:
              nuncio serve --config /etc/nuncio/nuncio.yaml
              nuncio serve --config nuncio.yaml --dns-listen 127.0.0.1:5353

            The server says “ready” on standard error when it listens on every address. SIGTERM and SIGINT stop it: the API \
            stops first, when requests under way are finished, and DNS last. SIGHUP reloads the configuration, as “nuncio \
            reload” does.
            """)

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        // Files that this process creates are for its own user alone.
        umask(0o077)
        let environment = ServiceEnvironment.take()
        let entries = options.entries()
        let configuration: Configuration
        do {
            configuration = try options.configuration(from: entries)
        } catch {
            for problem in error.all { printToStandardError("nuncio: \(problem)") }
            throw ExitCode.configurationProblem
        }

        let level = SharedLogLevel(configuration.logging.level)
        let logger = Logger(configuration.logging, level: level)
        logger.notice("starting", metadata: ["version": "\(Nuncio.version)"])
        configuration.logWarnings(to: logger)
        let supervisor = Supervisor(environment, logger: logger)
        await supervisor?.tell(.status("reads the storage"))
        do {
            let given = try environment.givenSockets()
            let options = options
            let reader: Reloading.Reader = {
                Result { () throws(ConfigurationProblems) in try options.configuration(from: options.entries()) }
            }
            let server = try await Server(
                configuration, version: Nuncio.version, reader: reader, logger: logger, logLevel: level,
                given: given, supervisor: supervisor)
            try await server.run(stopsOnSignals: true)
            logger.notice("stopped")
        } catch let error as StartError {
            await supervisor?.tell(.status(error.description))
            throw Failure(error).reported()
        }
    }
}

extension ServiceEnvironment {
    /// - Throws: ``StartError``.
    fileprivate func givenSockets() throws(StartError) -> GivenSockets {
        do {
            return try GivenSockets(values)
        } catch {
            throw .givenSockets(error)
        }
    }
}
