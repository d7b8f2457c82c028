package import DNS
package import Sockets

/// The name servers of the root, with which every descent begins.
package struct RootHints: Hashable, Sendable {
    package var nameservers: [DomainName: [Endpoint.Host]]

    package init(nameservers: [DomainName: [Endpoint.Host]]) {
        self.nameservers = nameservers
    }

    /// Reads a hint file: a master file with NS records of the root, and the addresses of their names.
    ///
    /// - Throws: ``Problem`` if no address of a name server of the root is in it.
    package init(masterFile octets: [UInt8]) throws(Problem) {
        let file = MasterFile(octets, origin: .root)
        if let problem = file.problems.first { throw Problem("line \(problem.line): \(problem.text)") }
        let records = file.records.map(\.record)
        let names = Set(records.filter { $0.owner.isRoot && $0.data.type == .ns }.compactMap(\.data.target))
        guard !names.isEmpty else {
            throw Problem("it has no NS record of the root, as “. 3600000 NS a.root-servers.net.” is")
        }
        nameservers = [:]
        for record in records where names.contains(record.owner) {
            if let host = Endpoint.Host(record.data) { nameservers[record.owner, default: []].append(host) }
        }
        guard !nameservers.isEmpty else {
            throw Problem(
                "it has no address of the name servers that it names, as “a.root-servers.net. 3600000 A 198.41.0.4” is")
        }
    }

    /// What is wrong with a hint file, in words.
    package struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// The root of the Internet. (iana.org/domains/root/servers, as of 2026)
    package static let internet = RootHints(
        nameservers: Dictionary(
            uniqueKeysWithValues: addresses.enumerated().map { index, addresses in
                let label = [UInt8(ascii: "a") + UInt8(index)]
                guard let name = rootServers.prepending(label: label) else { preconditionFailure("a label of one octet fits") }
                return (name, [.v4(IPv4Address(octets: addresses.0)), .v6(addresses.1)])
            }))

    private static let rootServers =
        DomainName.root.prepending(label: "net".utf8)?.prepending(label: "root-servers".utf8) ?? .root

    /// Of a.root-servers.net to m.root-servers.net.
    private static let addresses: [([UInt8], IPv6Address)] = [
        ([198, 41, 0, 4], v6(0x2001_0503_ba3e_0000, 0x0002_0030)),
        ([170, 247, 170, 2], v6(0x2801_01b8_0010_0000, 0x0b)),
        ([192, 33, 4, 12], v6(0x2001_0500_0002_0000, 0x0c)),
        ([199, 7, 91, 13], v6(0x2001_0500_002d_0000, 0x0d)),
        ([192, 203, 230, 10], v6(0x2001_0500_00a8_0000, 0x0e)),
        ([192, 5, 5, 241], v6(0x2001_0500_002f_0000, 0x0f)),
        ([192, 112, 36, 4], v6(0x2001_0500_0012_0000, 0x0d0d)),
        ([198, 97, 190, 53], v6(0x2001_0500_0001_0000, 0x0053)),
        ([192, 36, 148, 17], v6(0x2001_07fe_0000_0000, 0x0053)),
        ([192, 58, 128, 30], v6(0x2001_0503_0c27_0000, 0x0002_0030)),
        ([193, 0, 14, 129], v6(0x2001_07fd_0000_0000, 0x0001)),
        ([199, 7, 83, 42], v6(0x2001_0500_009f_0000, 0x0042)),
        ([202, 12, 27, 33], v6(0x2001_0dc3_0000_0000, 0x0035)),
    ]

    private static func v6(_ high: UInt64, _ low: UInt64) -> IPv6Address { IPv6Address(high: high, low: low) }
}

extension Endpoint.Host {
    /// The address in A or AAAA data; `nil` for other data.
    package init?(_ data: RecordData) {
        switch (data.type, data.octets.count) {
        case (.a, 4): self = .v4(IPv4Address(octets: data.octets))
        case (.aaaa, 16): self = .v6(IPv6Address(octets: data.octets))
        default: return nil
        }
    }
}
