import ArgumentParser
import DNS
import Daemon

extension ConfigCommand {
    struct Records: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "records",
            abstract: "Print the records of the zones, as a master file has them.",
            discussion: """
                What “records”, “zone-files” and the other keys make of each zone: names and TTLs written out, one record a line, so \
                that other programs can read it. Delegates, keys and signatures are not among them; the serial number of an SOA that \
                is made is 0.

                EXAMPLE:
                  nuncio config records --config nuncio.yaml
                  nuncio config records example.org --config nuncio.yaml > example.org.zone

                Exit code 0, or 2 if the configuration is wrong or has no such zone.
                """)

        @Argument(help: "A zone; without one, all of them.", transform: NameArgument.zone)
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
                    message: "there is no zone \(name?.description ?? ""): there are \(apexes)", exitCode: .configurationProblem
                )
                .reported()
            }
            for record in records { try printToStandardOutput(record.description) }
        }
    }
}
