import ArgumentParser
import DNS
import Delegates
import Sockets

/// Collects the answers: from options first, then from questions or defaults.
struct SetupInterview {
    /// Where an answer comes from that no option gives.
    enum Source {
        case dialogue(SetupDialogue)
        /// Defaults alone (`--yes`).
        case defaults
        /// Nobody can be asked, and defaults were not agreed to.
        case none
    }

    var options: SetupOptions
    var machine: MachineLook
    var source: Source

    /// - Throws: ``Failure`` for an option whose value cannot be or that is missing, and at the end of the input.
    func answers() throws(Failure) -> SetupAnswers {
        try checkGiven()
        let zone = try name(.zone, options.zone, usual: [])
        let domain = SetupNames.domain(around: zone).withoutFinalDot
        let nameserver = try name(.nameserver, options.nameserver, usual: ["ns1.\(zone.withoutFinalDot)"])
        let addresses = try answer(.addresses, options.addresses, usual: machine.publicAddresses.map(\.description))
            .compactMap { IPAddress($0) }
        let dnsListen = try listeners(for: addresses)
        let url = try answer(.publicURL, list(options.publicURL), usual: ["https://auth.\(domain)"])
        let certificate = try certificate(of: url.joined())
        let mode = try answer(.registration, list(options.registration), usual: [RegistrationMode.closed.rawValue])
        let contact = try answer(.contact, list(options.contact), usual: ["hostmaster@\(domain)"])
        return SetupAnswers(
            zone: zone, nameserver: nameserver, addresses: addresses, dnsListen: dnsListen,
            httpListen: httpListeners(certificate, besides: dnsListen, url: url.joined()), certificate: certificate,
            publicURL: url.joined(),
            registration: mode.first.flatMap { RegistrationMode(rawValue: $0) } ?? .closed,
            contact: contact.joined(), storage: options.storage ?? "/var/lib/nuncio/nuncio.db",
            resolvers: endpoints(options.resolverEndpoints))
    }

    /// Checks the options that no question stands for, and those of questions before the first one is asked.
    private func checkGiven() throws(Failure) {
        for given in options.given {
            if let problem = AnswerCheck.problem(of: given.values, for: given.key, option: given.option) {
                throw Self.wrong("\(given.option): \(problem)")
            }
        }
        if let given = options.certificate, let problem = SetupQuestion.certificate.problem([given]) {
            throw Self.wrong("--certificate: \(problem)")
        }
        guard !options.addresses.isEmpty, let problem = AnswerCheck.problem(ofAddresses: options.addresses) else { return }
        throw Self.wrong("--address: \(problem)")
    }

    private func certificate(of url: String) throws(Failure) -> SetupAnswers.Certificate {
        // An authority gives certificates for names.
        let canBeObtained = url.hasPrefix("https:") && SetupNames.host(ofURL: url) != nil
        guard canBeObtained || options.certificate != nil else { return .proxy }
        let usual = options.httpListen.isEmpty ? "acme" : "proxy"
        guard try answer(.certificate, list(options.certificate), usual: [usual], unasked: usual) == ["acme"] else {
            return .proxy
        }
        guard !options.acceptTerms else { return .acme(acceptsTerms: true) }
        return .acme(acceptsTerms: try answer(.terms, [], usual: ["no"], unasked: "no") == ["yes"])
    }

    private func httpListeners(
        _ certificate: SetupAnswers.Certificate, besides dnsListen: [Endpoint], url: String
    ) -> [Endpoint] {
        guard options.httpListen.isEmpty else { return endpoints(options.httpListen) }
        guard certificate != .proxy else { return endpoints(["127.0.0.1:8080"]) }
        return dnsListen.map { Endpoint(host: $0.host, port: SetupNames.port(ofURL: url) ?? 443) }
    }

    /// - Parameter unasked: the answer where nobody can be asked.
    private func answer(
        _ question: SetupQuestion, _ given: [String], usual: [String], unasked: String
    ) throws(Failure) -> [String] {
        if given.isEmpty, case .none = source { return [unasked] }
        return try answer(question, given, usual: usual)
    }

    private func name(_ question: SetupQuestion, _ given: String?, usual: [String]) throws(Failure) -> DomainName {
        let text = try answer(question, list(given), usual: usual).joined()
        do {
            return try DomainName(text)
        } catch {
            throw Self.wrong("\(question.option): \(error)")
        }
    }

    private func answer(_ question: SetupQuestion, _ given: [String], usual: [String]) throws(Failure) -> [String] {
        guard given.isEmpty else { return given }
        switch source {
        case .dialogue(let dialogue): return try dialogue.ask(question, usual: usual)
        case .defaults:
            guard usual.isEmpty else { return usual }
            throw Self.wrong("\(question.option) is missing, and has no default here")
        case .none:
            let other = usual.isEmpty ? "" : ", or --yes for its default, \(usual.joined(separator: ", "))"
            throw Self.wrong("standard input is not a terminal, so nothing can be asked: give \(question.option)\(other)")
        }
    }

    private func listeners(for addresses: [IPAddress]) throws(Failure) -> [Endpoint] {
        guard options.dnsListen.isEmpty else { return endpoints(options.dnsListen) }
        let own = machine.listeners(for: addresses)
        guard own.isEmpty else { return own }
        throw Self.wrong(
            "this machine has none of the addresses \(addresses.map(\.description).joined(separator: ", ")), and no other way to the "
                + "world was found: give --dns-listen with an address of this machine, like 10.0.0.53:53")
    }

    private func list(_ value: String?) -> [String] { value.map { [$0] } ?? [] }

    private func endpoints(_ texts: [String]) -> [Endpoint] { texts.compactMap { Endpoint($0) } }

    private static func wrong(_ message: String) -> Failure { Failure(message: message, exitCode: .validationFailure) }
}

extension SetupQuestion {
    fileprivate static let zone = SetupQuestion(
        option: "--zone",
        explanation: "The zone of the delegates: a new name below a domain of yours, with nothing else in it, like "
            + "delegates.example.net.",
        prompt: "Zone", problem: one("--zone", "zones"))

    fileprivate static let nameserver = SetupQuestion(
        option: "--nameserver", explanation: "The name of this name server. It can be in the zone.",
        prompt: "Name server", problem: one("--nameserver", "nameservers"))

    fileprivate static let addresses = SetupQuestion(
        option: "--address",
        explanation:
            "The public addresses of this name server, with a blank between them. Behind NAT these are those of the router.",
        prompt: "Addresses", problem: { AnswerCheck.problem(ofAddresses: $0) })

    fileprivate static let publicURL = SetupQuestion(
        option: "--public-url", explanation: "The URL at which clients reach the API.",
        prompt: "Public URL", problem: one("--public-url", "webserver.public-url"))

    fileprivate static let certificate = SetupQuestion(
        option: "--certificate",
        explanation: "Where the certificate of that URL comes from: acme (this server obtains it from Let’s Encrypt), proxy (a "
            + "reverse proxy on this machine has one).",
        prompt: "Certificate",
        problem: { values in
            let isKnown = values.count == 1 && SetupAnswers.Certificate.words.contains(values[0])
            return isKnown ? nil : "it must be one of \(SetupAnswers.Certificate.words.joined(separator: ", "))"
        })

    fileprivate static let terms = SetupQuestion(
        option: "--accept-terms",
        explanation: "Let’s Encrypt has terms of service: https://letsencrypt.org/repository/. Do you agree to them?",
        prompt: "Agree",
        problem: { ["yes", "no"].contains($0.joined()) ? nil : "Answer yes or no" })

    fileprivate static let registration = SetupQuestion(
        option: "--registration",
        explanation: "The callers that may enrol delegates: closed (you alone), token (holders of a registration token), open "
            + "(everybody).",
        prompt: "Registration", problem: one("--registration", "registration.mode"))

    fileprivate static let contact = SetupQuestion(
        option: "--contact", explanation: "The mail address for questions about the zone, which its SOA record shows.",
        prompt: "Contact", problem: one("--contact", "contact"))

    /// A check of a key that has one value.
    private static func one(_ option: String, _ key: String) -> @Sendable ([String]) -> String? {
        { values in values.count == 1 ? AnswerCheck.problem(of: values, for: key, option: option) : "Give one value" }
    }
}
