import ArgumentParser
import CAA
import DNS
import Foundation

struct CAACommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "caa",
        abstract: "Write CAA records that name an ACME account, and say what records allow.",
        discussion: """
            EXAMPLE:
              nuncio caa record example.com --no-wildcard --methods dns-01 \\
                  --account https://acme-v02.api.letsencrypt.org/acme/acct/123
              nuncio caa evaluate --record '0 issue "letsencrypt.org"' \\
                  --authority letsencrypt.org --account other
            """,
        subcommands: [Record.self, Evaluate.self])

    /// Reads the name of an authority, in any case.
    static func authority(_ text: String) throws -> String {
        let name: String
        do {
            name = try HostName(text).domainName.lowercased.withoutFinalDot
        } catch {
            throw ValidationError(error.description)
        }
        if let near = AuthorityTable.identity(near: name) {
            throw ValidationError("“\(text)” is no authority’s name in CAA records that is known: “\(near)” is one")
        }
        return name
    }

    static var today: CalendarDate { CalendarDate(secondsSince1970: Int64(Date().timeIntervalSince1970)) }
}

extension ValidationMethod: ExpressibleByArgument {}
