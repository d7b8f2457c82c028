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
