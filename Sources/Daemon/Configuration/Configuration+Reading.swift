import Authority
import DNS
import Delegates
import Foundation
import Logging
import Nameserver
import Sockets

extension Configuration {
    /// Makes sense of what was given.
    ///
    /// - Parameter processors: the default of `nameserver.threads`.
    /// - Throws: ``ConfigurationProblems`` with all that is wrong, not only the first.
    package init(_ entries: ConfigurationEntries, processors: Int) throws(ConfigurationProblems) {
        guard !entries.isIncomplete else { throw ConfigurationProblems(all: entries.problems) }
        var reader = ConfigurationReader(entries)
        let zones = reader.zones()
        let nameserver = Nameserver(
            listen: reader.endpoints(.nameserverListen, default: nil),
            threads: reader.number(.nameserverThreads, default: processors),
            maximumConnections: reader.number(.tcpConnections, default: 1000),
            connectionTimeout: .seconds(reader.number(.tcpTimeout, default: 10)),
            tls: reader.tls(),
            identity: reader.identity(),
            cookieSecrets: reader.cookieSecrets(),
            transferNetworks: reader.networks(.transferNetworks))
        let webserver = Webserver(
            listen: reader.endpoints(
                .webserverListen, default: [Endpoint(host: .v4(IPv4Address(octets: [127, 0, 0, 1])), port: 8080)]),
            publicURL: reader.publicURL(),
            trustedProxies: reader.networks(.trustedProxies))
        let registration = Registration(
            mode: reader.choice(.registrationMode, default: .closed),
            limitPerHour: reader.number(.registrationLimit, default: 1000))
        let storage = Storage(sqlitePath: reader.text(.sqlitePath, default: "nuncio.db") ?? "")
        let logging = Logging(
            level: reader.choice(.loggingLevel, default: .info),
            format: reader.choice(.loggingFormat, default: .text),
            queries: reader.queryLogging())

        reader.compare(nameserver.listen, nameserver.tls?.listen ?? [], webserver.listen)

        guard let zones, reader.problems.isEmpty else { throw ConfigurationProblems(all: reader.problems) }
        self.init(
            zones: zones, nameserver: nameserver, webserver: webserver, registration: registration, storage: storage,
            logging: logging)
    }
}

/// Reads one key after the other and gathers what is wrong.
private struct ConfigurationReader {
    private let entries: ConfigurationEntries
    private(set) var problems: [ConfigurationProblem]

    init(_ entries: ConfigurationEntries) {
        self.entries = entries
        problems = entries.problems
    }

    private mutating func report(_ text: String, at origin: ConfigurationOrigin? = nil) {
        problems.append(ConfigurationProblem(text, at: origin))
    }

    // MARK: Kinds of values

    /// - Parameter defaultValue: nothing if the key must be given.
    mutating func text(_ key: ConfigurationKey, default defaultValue: String?) -> String? {
        guard let entry = entries[key] else {
            if defaultValue == nil { report("“\(key.name)” is missing") }
            return defaultValue
        }
        guard let value = entry.values.first?.text, !value.isEmpty else {
            report("“\(key.name)” is empty", at: entry.origin)
            return nil
        }
        return value
    }

    mutating func number(_ key: ConfigurationKey, default defaultValue: Int) -> Int {
        guard case .number(let range) = key.kind, let entry = entries[key] else { return defaultValue }
        let text = entry.values.first?.text ?? ""
        guard let number = Int(text), range.contains(number) else {
            report(
                "“\(key.name)” must be a number from \(range.lowerBound) to \(range.upperBound), not “\(text)”",
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

    /// The items of a list, each made into something by `make`; those of which nothing can be made are reported.
    private mutating func list<Value>(
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

    /// - Parameter defaultValue: nothing if the key must be given.
    mutating func endpoints(_ key: ConfigurationKey, default defaultValue: [Endpoint]?) -> [Endpoint] {
        guard let entry = entries[key] else {
            if defaultValue == nil { report("“\(key.name)” is missing: give addresses like [\"192.0.2.53:53\"]") }
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
                other == endpoint ? "is there twice" : "is within \(other.isAnyAddress ? other : endpoint), which is there too"
            report("“\(key.name)”: \(other.isAnyAddress || other == endpoint ? endpoint : other) \(reason)", at: origin)
        }
        return endpoints.map(\.value)
    }

    /// All of them listen on TCP.
    mutating func compare(_ nameserver: [Endpoint], _ tls: [Endpoint], _ webserver: [Endpoint]) {
        for endpoint in webserver where (nameserver + tls).contains(where: { $0.overlaps(endpoint) }) {
            report("“webserver.listen”: on \(endpoint) the name server listens", at: entries[.webserverListen]?.origin)
        }
        for endpoint in tls where nameserver.contains(where: { $0.overlaps(endpoint) }) {
            report("“nameserver.tls.listen”: on \(endpoint) there is DNS without TLS", at: entries[.tlsListen]?.origin)
        }
    }

    mutating func tls() -> Configuration.TLS? {
        guard let entry = entries[.tlsListen], !entry.values.isEmpty else { return nil }
        let listen = endpoints(.tlsListen, default: [])
        guard let certificatePath = text(.tlsCertificate, default: nil), let keyPath = text(.tlsKey, default: nil)
        else { return nil }
        return Configuration.TLS(listen: listen, certificatePath: certificatePath, keyPath: keyPath)
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

    mutating func queryLogging() -> QueryLogging {
        let oneOf = number(.loggedQueries, default: 0)
        let names = list(.loggedQueryNames, "a domain name") { try? DomainName($0) }.map(\.value)
        return oneOf == 0 ? .off : QueryLogging(oneOf: oneOf, names: names)
    }

    mutating func publicURL() -> String? {
        guard let entry = entries[.publicURL] else {
            if let first = entries[.webserverListen]?.values.first.flatMap({ Endpoint($0.text) }), first.isAnyAddress {
                report("“\(ConfigurationKey.publicURL.name)” is missing: \(first) is no address that clients could be told")
            }
            return nil
        }
        guard var url = text(.publicURL, default: "") else { return nil }
        while url.hasSuffix("/") { url.removeLast() }
        let scheme = ["https://", "http://"].first { url.lowercased().hasPrefix($0) }
        let rest = url.dropFirst(scheme?.count ?? 0)
        guard scheme != nil, !rest.isEmpty, rest.first != "/", rest.allSatisfy({ $0.isASCII && !"?#'\"\\<> ".contains($0) })
        else {
            report("“\(ConfigurationKey.publicURL.name)” must be a URL like https://auth.example.net", at: entry.origin)
            return nil
        }
        return url
    }

    // MARK: Zones

    mutating func zones() -> Zones? {
        let apexes = names(.zones)
        let nameservers = names(.nameservers)
        let mailbox = mailbox()
        let hasMailRecords = boolean(.mailRecords, default: true)
        let negativeTTL = UInt32(number(.negativeTTL, default: 5))
        let records = records()
        let fileZones = fileZones(besides: apexes)
        guard let primary = nameservers.first, let mailbox, !apexes.isEmpty else { return nil }

        let builder = ZoneBuilder(
            apexes: apexes, nameservers: nameservers,
            startOfAuthority: Zone.StartOfAuthority(primary: primary, mailbox: mailbox, negativeTTL: negativeTTL),
            hasMailRecords: hasMailRecords)
        let (zones, found) = builder.build(records: records.map(\.value), fileZones: fileZones)
        for problem in found { report(problem.text, at: problem.recordIndex.map { records[$0].origin }) }
        return zones
    }

    /// Longer names leave no room for a delegate's label and, below it, an underscore label.
    private static let maximumZoneLength = 200

    private mutating func names(_ key: ConfigurationKey) -> [DomainName] {
        guard let entry = entries[key], !entry.values.isEmpty else {
            report("“\(key.name)” is missing: give at least one name", at: entries[key]?.origin)
            return []
        }
        var names: [DomainName] = []
        for item in entry.values {
            do {
                let name = try DomainName(item.text)
                if names.contains(name) {
                    report("“\(key.name)”: \(name) is there twice", at: item.origin)
                } else if name.isRoot || name.wire.count > Self.maximumZoneLength {
                    report(
                        "“\(key.name)”: \(name) must be a name of at most \(Self.maximumZoneLength) octets, and not the root",
                        at: item.origin)
                } else {
                    names.append(name)
                }
            } catch {
                report("“\(key.name)”: \(error)", at: item.origin)
            }
        }
        return names
    }

    /// The mailbox as the SOA record writes it: the part before the @ is one label (RFC 1035 section 8).
    private mutating func mailbox() -> DomainName? {
        guard let text = text(.contact, default: nil) else { return nil }
        let origin = entries[.contact]?.origin
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let domain = try? DomainName(parts[1]), !domain.isRoot,
            let name = domain.prepending(label: parts[0].utf8)
        else {
            report("“contact” must be a mail address like hostmaster@example.net, not “\(text)”", at: origin)
            return nil
        }
        return name
    }

    /// The zones of all files, each of them once.
    private mutating func fileZones(besides apexes: [DomainName]) -> [Zone] {
        var zones: [Zone] = []
        var seen = Set(apexes)
        for item in entries[.zoneFiles]?.values ?? [] {
            do {
                for path in try ZoneFiles.paths(at: item.text) {
                    let file = ZoneFile(MasterFile(try ZoneFiles.text(of: path)))
                    for problem in file.problems {
                        report(problem.text, at: .zoneFile(path: path, line: problem.line))
                    }
                    guard let zone = file.zone else { continue }
                    guard seen.insert(zone.apex).inserted else {
                        report("the zone \(zone.apex) is there already", at: .zoneFile(path: path, line: 1))
                        continue
                    }
                    zones.append(zone)
                }
            } catch {
                report("“zone-files”: “\(item.text)” cannot be read: \(error.localizedDescription)", at: item.origin)
            }
        }
        return zones
    }

    private mutating func records() -> [(value: ResourceRecord, origin: ConfigurationOrigin)] {
        var records: [(ResourceRecord, ConfigurationOrigin)] = []
        for item in entries[.records]?.values ?? [] {
            do {
                records.append((try ResourceRecord(item.text), item.origin))
            } catch {
                report("“records”: \(error)", at: item.origin)
            }
        }
        return records
    }
}
