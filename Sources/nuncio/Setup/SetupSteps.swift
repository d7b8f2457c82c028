import DNS
import Daemon
import Sockets

/// What is left to do, in the order in which it works.
struct SetupSteps {
    let configuration: Configuration
    let checks: [SetupCheck]
    /// The path of the configuration.
    let file: String
    /// What is known of the port of a reverse proxy, in a sentence without its end.
    let proxyPort: String

    var all: [SetupReport.Step] { start + delegation + securing + api + end }

    private func open(_ subjects: SetupCheck.Subject...) -> [SetupCheck] {
        checks.filter { subjects.contains($0.check) && ![.there, .notNeeded].contains($0.state) }
    }

    private var isUsualFile: Bool { file == DefaultConfiguration.path }

    private var options: String { isUsualFile ? "" : " --config \(file)" }

    private var start: [SetupReport.Step] {
        guard !open(.server).isEmpty else { return [] }
        // The package, and the steps without it, have enabled the unit.
        return [
            SetupReport.Step(
                text: "Start the server",
                lines: [isUsualFile ? "sudo systemctl start nuncio" : "nuncio serve --config \(file)"])
        ]
    }

    private var delegation: [SetupReport.Step] {
        let left = open(.nameservers, .address)
        guard !left.isEmpty else { return resolution }
        let records = left.flatMap(\.records)
        let outside = left.filter { $0.check == .address && $0.records.isEmpty && $0.state == .missing }
        var steps: [SetupReport.Step] = []
        if !records.isEmpty {
            steps.append(SetupReport.Step(text: "Create in the parent zone, at its DNS provider", lines: records))
        }
        if left.contains(where: { $0.state == .wrong }) {
            steps.append(SetupReport.Step(text: "Compare the parent zone's other records with the configuration", lines: []))
        }
        for check in outside {
            steps.append(SetupReport.Step(text: "Create the address records of \(check.name) in its own zone", lines: []))
        }
        return steps
    }

    private var resolution: [SetupReport.Step] {
        let left = open(.resolution)
        guard !left.isEmpty else { return [] }
        // A denial, not silence: the port is open, or not even asked.
        guard left.allSatisfy({ $0.state == .missing }) else {
            return [
                SetupReport.Step(
                    text: "Open port 53 for UDP and TCP to the world, and wait until resolvers see the zone", lines: [])
            ]
        }
        return [SetupReport.Step(text: "Wait until resolvers see the zone" + memory(of: left), lines: [])]
    }

    /// How long it takes at most until records are seen that are created now, for the end of a text; empty if that is not known.
    private func memory(of checks: [SetupCheck]) -> String {
        guard let seconds = checks.compactMap(\.memory).max(), seconds > 0 else { return "" }
        return " (a resolver that was asked too early remembers for at most \(Self.words(seconds)) that nothing was there)"
    }

    private static func words(_ seconds: UInt32) -> String {
        switch seconds {
        case 7200... where seconds.isMultiple(of: 3600): "\(seconds / 3600) hours"
        case 120... where seconds.isMultiple(of: 60): "\(seconds / 60) minutes"
        default: "\(seconds) seconds"
        }
    }

    private var securing: [SetupReport.Step] {
        let left = open(.delegationSigner)
        guard !left.isEmpty else { return [] }
        let records = left.flatMap(\.records)
        let moment = "When resolvers see the zone" + memory(of: open(.nameservers))
        return [
            records.isEmpty
                ? SetupReport.Step(
                    text: moment + ", give the parent zone the DS record that this prints",
                    lines: ["sudo nuncio dnssec ds\(options)"])
                : SetupReport.Step(text: moment + ", create in the parent zone, or give the registrar", lines: records)
        ]
    }

    private var api: [SetupReport.Step] {
        let left = open(.api)
        guard let url = configuration.webserver.publicURL else { return [] }
        guard configuration.webserver.certificate == nil else { return addressHere + certificate(left) }
        guard !left.isEmpty || !open(.server).isEmpty else { return [] }
        var steps = addressHere
        let records = left.flatMap(\.records)
        if !records.isEmpty {
            steps.append(
                SetupReport.Step(text: "Create the address of the API in its own zone" + memory(of: left), lines: records))
        }
        let listen = configuration.webserver.listen.map(\.description).joined(separator: ", ")
        steps.append(
            SetupReport.Step(text: "Let a reverse proxy serve \(url) with TLS, in front of \(listen) (\(proxyPort))", lines: [])
        )
        return steps
    }

    /// The address of an API whose name is in a zone of this server that does not have it.
    private var addressHere: [SetupReport.Step] {
        guard let host = configuration.webserver.publicURL.flatMap({ SetupNames.host(ofURL: $0) }),
            configuration.apexes.contains(where: { host.isAtOrBelow($0) }), !configuration.hasAddress(of: host)
        else { return [] }
        return [
            SetupReport.Step(
                text: "Add the addresses of \(host.withoutFinalDot) to “records” in \(file), and reload it",
                lines: ["sudo nuncio reload\(options)"])
        ]
    }

    /// - Parameter address: the check of the API's address, if it is open.
    private func certificate(_ address: [SetupCheck]) -> [SetupReport.Step] {
        var steps: [SetupReport.Step] = []
        let elsewhere = (address + open(.challenge)).filter { !$0.records.isEmpty }
        if !elsewhere.isEmpty {
            steps.append(
                SetupReport.Step(
                    text: "Create in the zone of the API’s name, for it and its certificate" + memory(of: elsewhere),
                    lines: elsewhere.flatMap(\.records)))
        }
        if configuration.acme?.acceptsTerms == false {
            steps.append(
                SetupReport.Step(
                    text:
                        "Read https://letsencrypt.org/repository/, and if you agree, set “acme.accept-terms” to true in \(file) "
                        + "and restart the server", lines: []))
        }
        return steps + obtaining
    }

    /// What the operator can do about the certificate itself.
    private var obtaining: [SetupReport.Step] {
        let isKnown = checks.contains { $0.check == .certificate }
        let left = open(.certificate)
        guard !left.isEmpty || !isKnown else { return [] }
        // What an authority needs to find the challenge. It needs neither a DS record, if there is not a wrong one, nor the API's address.
        let needed = open(.server, .nameservers, .address, .resolution, .challenge, .terms)
        guard needed.isEmpty, !checks.contains(where: { $0.check == .delegationSigner && $0.state == .wrong }),
            left.contains(where: \.isInTheWay)
        else {
            return [
                SetupReport.Step(text: "See how the certificate stands", lines: ["sudo nuncio certificate status\(options)"])
            ]
        }
        return [
            SetupReport.Step(
                text: "Obtain the certificate now, unless a reason above is still in the way; the server also tries by itself",
                lines: ["sudo nuncio certificate renew\(options)"])
        ]
    }

    private var end: [SetupReport.Step] {
        [
            SetupReport.Step(
                text: "See whether all is there", lines: ["sudo nuncio setup\(isUsualFile ? "" : " --output \(file)")"])
        ]
    }
}
