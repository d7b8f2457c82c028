import ArgumentParser
import Daemon
import Delegates
import TestSupport
import Testing

@testable import nuncio

/// What `nuncio setup` says to do next, of what it has found.
struct SetupStepTests {
    /// The steps for a server of these answers, with the usual file.
    private func steps(_ checks: [SetupCheck], _ options: [String] = ["--accept-terms"]) throws -> [SetupReport.Step] {
        let arguments = ["--zone", "delegates.example.net", "--address", "192.0.2.53"] + options
        let machine = MachineLook(addresses: Set([IPAddress("192.0.2.53")].compactMap(\.self)), outward: [])
        let answers = try SetupInterview(options: SetupOptions.parse(arguments), machine: machine, source: .defaults).answers()
        var entries = ConfigurationEntries()
        entries.add(text: ConfigurationText(answers).text, path: DefaultConfiguration.path)
        return SetupSteps(
            configuration: try Configuration(entries, processors: 1), checks: checks, file: DefaultConfiguration.path,
            proxyPort: "TCP port 443 is free for it"
        ).all
    }

    private func check(_ subject: SetupCheck.Subject, _ state: SetupCheck.State, _ detail: String? = nil) -> SetupCheck {
        SetupCheck(check: subject, name: "delegates.example.net", state: state, detail: detail)
    }

    @Test func `a unit that the installation has enabled is started`() throws {
        let steps = try steps([check(.server, .missing)])
        #expect(steps.first?.lines == ["sudo systemctl start nuncio"], "\(steps)")
    }

    private static let renewal = "sudo nuncio certificate renew"

    @Test func `the certificate is to be obtained as soon as it can be, and not before`() throws {
        let found = [SetupCheck.Subject.server, .nameservers, .address, .resolution, .delegationSigner, .api, .challenge]
        let well = found.map { check($0, .there) }
        func lines(_ checks: [SetupCheck]) throws -> [String] { try steps(checks).flatMap(\.lines) }
        let missing = check(.certificate, .missing, "the last attempt failed: no; the server tries next at some time")
        #expect(try lines(well + [missing]) == [Self.renewal, "sudo nuncio setup"])
        // Without a DS record, the zone is answered all the same.
        #expect(try lines(well + [missing, check(.delegationSigner, .missing)]).contains(Self.renewal))
        for other in [
            check(.resolution, .missing), check(.nameservers, .unknown), check(.delegationSigner, .wrong),
            check(.challenge, .missing), check(.server, .missing),
        ] {
            let steps = try lines(well + [missing, other])
            #expect(!steps.contains(Self.renewal) && steps.contains("sudo nuncio certificate status"), "\(other): \(steps)")
        }
        #expect(!(try lines(well + [check(.certificate, .unknown)]).contains(Self.renewal)))
    }

    @Test func `a step tells how long a resolver can remember what was not there`() throws {
        var missing = check(.nameservers, .missing)
        func texts() throws -> String {
            try steps([missing, check(.delegationSigner, .missing), check(.resolution, .there)]).map(\.text).joined()
        }
        #expect(!(try texts().contains("remembers")))
        for (seconds, words) in [(60, "60 seconds"), (300, "5 minutes"), (3600, "60 minutes"), (10800, "3 hours")] {
            missing.memory = UInt32(seconds)
            #expect(
                try texts().contains(
                    "When resolvers see the zone (a resolver that was asked too early remembers for at most \(words) "))
        }
        var resolution = check(.resolution, .missing)
        resolution.memory = 60
        #expect(try steps([resolution]).first?.text.hasPrefix("Wait until resolvers see the zone (") == true)
        #expect(try steps([check(.resolution, .wrong)]).first?.text.hasPrefix("Open port 53") == true)
    }
}
