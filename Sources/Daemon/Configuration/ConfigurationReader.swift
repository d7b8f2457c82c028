import Authority
import DNS
import Delegates
import Nameserver
import Sockets

/// Reads one key after the other and collects the problems.
struct ConfigurationReader {
    let entries: ConfigurationEntries
    private(set) var problems: [ConfigurationProblem]
    private(set) var warnings: [ConfigurationProblem]

    init(_ entries: ConfigurationEntries) {
        self.entries = entries
        problems = entries.problems
        warnings = entries.warnings
    }

    /// Notes an oddity that does not keep the server from starting.
    mutating func warn(_ text: String, at origin: ConfigurationOrigin?) {
        warnings.append(ConfigurationProblem(text, at: origin))
    }

    mutating func report(_ text: String, at origin: ConfigurationOrigin? = nil) {
        problems.append(ConfigurationProblem(text, at: origin))
    }

    /// Reports that a key is missing, unless it is there and has another problem.
    mutating func reportMissing(_ key: ConfigurationKey, _ advice: String = "") {
        guard !entries.misread.contains(key) else { return }
        report("“\(key.name)” is missing\(advice)", at: entries[key]?.origin)
    }

    // MARK: Kinds of values

    /// - Parameter defaultValue: `nil` if the key must be given.
    mutating func text(_ key: ConfigurationKey, default defaultValue: String?) -> String? {
        guard let entry = entries[key] else {
            if defaultValue == nil { reportMissing(key) }
            return defaultValue
        }
        guard let value = entry.values.first?.text, !value.isEmpty else {
            report("“\(key.name)” is empty", at: entry.origin)
            return nil
        }
        return value
    }

    mutating func number(_ key: ConfigurationKey, default defaultValue: Int) -> Int {
        let (range, zero): (ClosedRange<Int>, String)
        switch key.kind {
        case .number(let numbers): (range, zero) = (numbers, "")
        case .numberOrZero(let numbers): (range, zero) = (numbers, "0 or ")
        case .text, .list, .boolean, .choice: return defaultValue
        }
        guard let entry = entries[key] else { return defaultValue }
        let text = entry.values.first?.text ?? ""
        guard let number = Int(text), range.contains(number) || !zero.isEmpty && number == 0 else {
            report(
                "“\(key.name)” must be \(zero)a number from \(range.lowerBound) to \(range.upperBound), not “\(text)”",
                at: entry.origin)
            return defaultValue
        }
        return number
    }

    mutating func boolean(_ key: ConfigurationKey, default defaultValue: Bool) -> Bool {
        guard let entry = entries[key] else { return defaultValue }
        let text = entry.values.first?.text ?? ""
        guard let value = Bool(text.lowercased()) else {
            report("“\(key.name)” must be true or false, not “\(text)”", at: entry.origin)
            return defaultValue
        }
        return value
    }

    mutating func choice<Value: RawRepresentable<String>>(_ key: ConfigurationKey, default defaultValue: Value) -> Value {
        guard case .choice(let choices) = key.kind, let entry = entries[key] else { return defaultValue }
        let text = entry.values.first?.text ?? ""
        guard choices.contains(text), let value = Value(rawValue: text) else {
            report("“\(key.name)” must be one of \(choices.joined(separator: ", ")), not “\(text)”", at: entry.origin)
            return defaultValue
        }
        return value
    }

    /// The items of a list, each converted by `make`; items that cannot be converted are reported.
    mutating func list<Value>(
        _ key: ConfigurationKey, _ expected: String, make: (String) -> Value?
    ) -> [(value: Value, origin: ConfigurationOrigin)] {
        var made: [(Value, ConfigurationOrigin)] = []
        for item in entries[key]?.values ?? [] {
            if let value = make(item.text) {
                made.append((value, item.origin))
            } else {
                report("“\(key.name)”: “\(item.text)” is not \(expected)", at: item.origin)
            }
        }
        return made
    }

    mutating func networks(_ key: ConfigurationKey) -> [IPNetwork] {
        list(key, "a network like 192.0.2.0/24 or 2001:db8::/32") { IPNetwork($0) }.map(\.value)
    }

    /// - Parameter defaultValue: `nil` if the key must be given.
    mutating func endpoints(_ key: ConfigurationKey, default defaultValue: [Endpoint]?) -> [Endpoint] {
        guard let entry = entries[key] else {
            if defaultValue == nil { reportMissing(key, ": give addresses like [\"192.0.2.53:53\"]") }
            return defaultValue ?? []
        }
        guard !entry.values.isEmpty else {
            report("“\(key.name)” is empty: give at least one address like \"192.0.2.53:53\"", at: entry.origin)
            return []
        }
        let endpoints = list(key, "an address and a port like 192.0.2.53:53 or [2001:db8::53]:53") { Endpoint($0) }
        for (index, (endpoint, origin)) in endpoints.enumerated() {
            guard let other = endpoints[..<index].first(where: { $0.value.overlaps(endpoint) })?.value else { continue }
            let reason =
                other == endpoint ? "is given twice" : "is within \(other.isAnyAddress ? other : endpoint), which is given, too"
            report("“\(key.name)”: \(other.isAnyAddress || other == endpoint ? endpoint : other) \(reason)", at: origin)
        }
        for (endpoint, origin) in endpoints {
            if let reason = endpoint.reasonNotToListen { report("“\(key.name)”: \(endpoint) \(reason)", at: origin) }
        }
        return endpoints.map(\.value)
    }

    /// Reports addresses on which two parts would listen: all of these parts listen on TCP.
    mutating func compare(
        _ nameserver: [Endpoint], _ tls: [Endpoint], _ webserver: [Endpoint], _ metrics: [Endpoint],
        _ operatorAccess: [Endpoint]
    ) {
        for endpoint in operatorAccess where (nameserver + tls + webserver + metrics).contains(where: { $0.overlaps(endpoint) })
        {
            report("“operator.listen”: another part listens on \(endpoint)", at: entries[.operatorListen]?.origin)
        }
        for endpoint in metrics where (nameserver + tls + webserver).contains(where: { $0.overlaps(endpoint) }) {
            report("“metrics.listen”: another part listens on \(endpoint)", at: entries[.metricsListen]?.origin)
        }
        for endpoint in webserver where (nameserver + tls).contains(where: { $0.overlaps(endpoint) }) {
            report("“webserver.listen”: the name server listens on \(endpoint)", at: entries[.webserverListen]?.origin)
        }
        for endpoint in tls where nameserver.contains(where: { $0.overlaps(endpoint) }) {
            report("“nameserver.tls.listen”: \(endpoint) serves DNS without TLS", at: entries[.tlsListen]?.origin)
        }
    }

    mutating func metricsEndpoints() -> [Endpoint] {
        if let entry = entries[.metricsListen], entry.values.isEmpty { return [] }
        return endpoints(.metricsListen, default: [Endpoint(host: .v4(IPv4Address(octets: [127, 0, 0, 1])), port: 9553)])
    }

    mutating func identity() -> ServerIdentity {
        func given(_ key: ConfigurationKey) -> String? {
            guard let entry = entries[key], let text = text(key, default: nil) else { return nil }
            guard text.utf8.count <= ServerIdentity.maximumLength else {
                report("“\(key.name)” has more than \(ServerIdentity.maximumLength) octets", at: entry.origin)
                return nil
            }
            return text
        }
        return ServerIdentity(identifier: given(.identifier), version: given(.version))
    }

    mutating func cookieSecrets() -> [[UInt8]] {
        list(.cookieSecrets, "32 hexadecimal digits, as “openssl rand -hex 16” makes them") { text -> [UInt8]? in
            let digits = text.compactMap(\.hexDigitValue)
            guard text.count == 32, digits.count == 32, text.allSatisfy(\.isASCII) else { return nil }
            return stride(from: 0, to: 32, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        }.map(\.value)
    }

    mutating func rateLimit() -> ResponseRateLimit.Settings {
        ResponseRateLimit.Settings(
            octetsPerSecond: number(.rateLimit, default: 20_000),
            exempt: entries[.rateLimitExempt] == nil ? Self.loopback : networks(.rateLimitExempt))
    }

    private static let loopback = ["127.0.0.0/8", "::1/128"].compactMap { IPNetwork($0) }

    mutating func limits() -> Limits.Settings {
        Limits.Settings(
            registrationsPerHour: number(.registrationLimit, default: 1000),
            registrationsPerHourOfToken: number(.tokenRegistrationLimit, default: 1000),
            failuresPerMinute: number(.failureLimit, default: 60), updatesPerHour: number(.updateLimit, default: 1000),
            updatesPerHourOfNetwork: number(.networkUpdateLimit, default: 10_000),
            delegatesOfNetwork: number(.networkDelegateLimit, default: 1000),
            delegates: number(.delegateLimit, default: 1_000_000),
            credentials: number(.credentialLimit, default: 2),
            exempt: entries[.limitExempt] == nil ? Self.loopback : networks(.limitExempt))
    }

    mutating func queryLogging() -> QueryLogging {
        let oneOf = number(.loggedQueries, default: 0)
        let names = queryNames()
        return oneOf == 0 ? .off : QueryLogging(oneOf: oneOf, names: names)
    }
}
