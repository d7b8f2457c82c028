import Glibc
import PostgreSQL
import Sockets

extension ConfigurationReader {
    mutating func storage() -> Configuration.Storage {
        let reserve = UInt64(number(.storageReserve, default: 64)) << 20
        let path = text(.sqlitePath, default: Configuration.defaultStoragePath) ?? ""
        guard let connection = entries[.postgresqlConnection] else {
            return Configuration.Storage(database: .sqlite(path: path), reserve: reserve)
        }
        if let other = entries[.sqlitePath] {
            report(
                "“storage.sqlite.path” and “storage.postgresql.connection” are both given: give one of them", at: other.origin)
        }
        guard let text = text(.postgresqlConnection, default: nil) else {
            return Configuration.Storage(database: .sqlite(path: path), reserve: reserve)
        }
        do {
            let string = try ConnectionString(text)
            if string["options"] != nil {
                warn(
                    "“storage.postgresql.connection” has “options”: a pooler refuses or drops them, and nuncio needs none",
                    at: connection.origin)
            }
            return Configuration.Storage(database: .postgresql(string), reserve: reserve)
        } catch {
            report(
                "“storage.postgresql.connection” is neither a connection string like “host=/run/postgresql dbname=nuncio” nor a URL: "
                    + error.description, at: connection.origin)
            return Configuration.Storage(database: .sqlite(path: path), reserve: reserve)
        }
    }

    /// - Parameters:
    ///   - nameservers: the addresses at which the server answers DNS.
    ///   - isShared: whether other nodes use the same storage.
    mutating func node(nameservers: [Endpoint], isShared: Bool) -> Configuration.Node {
        let name = text(.nodeName, default: Self.hostName) ?? ""
        if !name.isEmpty, !Self.isNodeName(name) {
            report(
                "“node.name” must have 1 to \(Self.maximumNodeName) letters, digits, dots, hyphens and underscores, not “\(name)”",
                at: entries[.nodeName]?.origin)
        }
        var address = nameservers.first { !$0.isAnyAddress && $0.port != 0 }
        if let entry = entries[.nodeAddress], let text = text(.nodeAddress, default: nil) {
            address = Endpoint(text)
            if address == nil || address?.isAnyAddress == true || address?.port == 0 {
                report(
                    "“node.address” must be an address and a port at which other nodes reach this one, like 192.0.2.53:53, not "
                        + "“\(text)”", at: entry.origin)
            }
        }
        if isShared, address == nil, entries[.nodeAddress] == nil, !nameservers.isEmpty {
            report(
                "“node.address” is missing: “nameserver.listen” has only wildcards, and other nodes ask this one’s name server at an "
                    + "address like 192.0.2.53:53", at: entries[.nameserverListen]?.origin)
        }
        return Configuration.Node(name: name, address: address, lease: .seconds(number(.nodeLease, default: 5)))
    }

    private static let maximumNodeName = 63

    private static func isNodeName(_ name: String) -> Bool {
        name.utf8.count <= maximumNodeName
            && name.utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return "node" }
        let octets = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let text = String(decoding: octets.prefix(maximumNodeName), as: UTF8.self)
        return text.isEmpty ? "node" : text
    }
}
