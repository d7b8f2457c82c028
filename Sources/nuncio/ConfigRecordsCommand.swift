import ArgumentParser
import DNS
import Daemon

extension ConfigCommand {
    struct Records: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "records",
            abstract: "Print the records of the zones as a master file.",
            discussion: """
                The records that “records”, “zone-files” and the other keys give to each zone: names and TTLs written out, one \
                record per line, so that other programs can read them. Delegates, keys and signatures are not among them; the \
                serial number of a generated SOA is 0.

                EXAMPLE:
                  nuncio config records --config nuncio.yaml
                  nuncio config records example.org --config nuncio.yaml > example.org.zone

                Exit code 0, or 2 if the configuration is wrong or has no such zone.
                """)

        @Argument(help: "A zone. Default: all of them.", transform: NameArgument.zone)
        var name: DomainName?

        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let entries = options.entries()
            let configuration: Configuration
            do {
                configuration = try options.configuration(from: entries)
            } catch {
                for problem in error.all { printToStandardError("nuncio: \(problem)") }
                throw ExitCode.configurationProblem
            }
            guard let records = configuration.records(ofZone: name) else {
                let apexes = configuration.apexes.map(\.description).joined(separator: ", ")
                throw Failure(
                    message: "there is no zone \(name?.description ?? ""), only \(apexes)", exitCode: .configurationProblem
                )
                .reported()
            }
            for record in records { try printToStandardOutput(record.description) }
        }
    }
}
