import ArgumentParser
import CAA
import DNS

extension CAACommand {
    struct Record: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "record",
            abstract: "Print the CAA records that let certain ACME accounts alone obtain certificates.",
            discussion: """
                EXAMPLE:
                  nuncio caa record example.com --no-wildcard --methods dns-01 \\
                      --account https://acme-v02.api.letsencrypt.org/acme/acct/123
                  nuncio caa record example.com --format route53 --staging \\
                      --account https://acme-v02.api.letsencrypt.org/acme/acct/123 \\
                      --account https://acme-staging-v02.api.letsencrypt.org/acme/acct/45

                The client knows the URI of its account: “certbot show_account”, or lego’s account.json. Staging has accounts of its \
                own: “certbot show_account --staging”. The records replace the CAA records that the domain has.
                """)

        @Argument(help: "The domain that the certificates are for.", transform: CertificateDomain.name)
        var domain: String

        @Option(
            help: ArgumentHelp(
                "The URI of an account that may obtain certificates; may be given several times.", valueName: "uri"))
        var account: [String]

        @Option(
            help: ArgumentHelp(
                "The authority’s name in CAA records; may be given several times. Default: letsencrypt.org.", valueName: "name"),
            transform: CAACommand.authority)
        var authority: [String] = ["letsencrypt.org"]

        @Flag(
            inversion: .prefixedNo,
            help:
                "Add issuewild records: for the same accounts, or for nobody. Default: none, so that issue decides about wildcards, too."
        )
        var wildcard: Bool?

        @Flag(help: "Accept accounts of staging as well, and require one.")
        var staging = false

        @Option(help: "The methods that are allowed, separated by commas. Default: all.")
        var methods: String?

        @Option(help: "How to print them.")
        var format = CAARecordFormat.zone

        @Option(
            help: ArgumentHelp(
                "The zone that has the domain, for octodns and dnscontrol, which write names below it. Default: the domain.",
                valueName: "name"),
            transform: NameArgument.zone)
        var zone: DomainName?

        func validate() throws {
            _ = try records()
            _ = try owner()
        }

        func run() async throws {
            let (lock, records) = try records()
            for note in lock.notes(on: CAACommand.today) { printToStandardError("nuncio: warning: \(note)") }
            try printToStandardOutput(format.text(of: records, owner: try owner()))
        }

        private func records() throws -> (CAALock, [CAARecord]) {
            do {
                var accounts: [AccountURI] = []
                for text in account {
                    let uri = try AccountURI(text)
                    if !accounts.contains(uri) { accounts.append(uri) }
                }
                var authorities: [String] = []
                for name in authority where !authorities.contains(name) { authorities.append(name) }
                let lock = CAALock(
                    authorities: authorities, accounts: accounts, methods: try chosenMethods(),
                    wildcards: wildcard.map { $0 ? .locked : .forbidden } ?? .asPlainNames, isStaging: staging)
                return (lock, try lock.records())
            } catch let error as PresentationError {
                throw ValidationError(error.description)
            }
        }

        private func chosenMethods() throws -> [ValidationMethod] {
            var chosen: [ValidationMethod] = []
            for item in methods?.split(separator: ",", omittingEmptySubsequences: false) ?? [] {
                guard let method = ValidationMethod(rawValue: String(item)) else {
                    let known = ValidationMethod.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("“\(item)” is no method that Let’s Encrypt knows in CAA records: \(known)")
                }
                if !chosen.contains(method) { chosen.append(method) }
            }
            return chosen
        }

        private func owner() throws -> CAARecordFormat.Owner {
            let name = try DomainName(domain)
            let zone = zone ?? name
            guard name.isAtOrBelow(zone) else {
                throw ValidationError(
                    "“\(domain)” is not in the zone “\(zone.withoutFinalDot)”: --zone is the zone that has it")
            }
            return CAARecordFormat.Owner(name: name, zone: zone)
        }
    }
}
