import DNS
import Foundation
import Glibc
import Sockets
import TestSupport

/// A resolver with a rule for one zone: it asks the zone's own server even for what only the parent knows.
final class ZoneRuleResolver: Sendable {
    enum Kind: String, CaseIterable {
        case dnsmasq = "/usr/sbin/dnsmasq"
        case knotResolver = "/usr/sbin/kresd"

        var isInstalled: Bool { FileManager.default.fileExists(atPath: rawValue) }
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let process: ChildProcess
    private let port: UInt16

    init(_ kind: Kind, zone: String, port nameserver: UInt16, in parent: URL) throws {
        port = try FreePort.find()
        let folder = parent.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let arguments: [String]
        switch kind {
        case .dnsmasq:
            arguments = [
                "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--port=\(port)",
                "--listen-address=127.0.0.1", "--bind-interfaces", "--cache-size=0", "--pid-file=",
                "--server=/\(zone)/127.0.0.1#\(nameserver)", "--user=root",
            ]
        case .knotResolver:
            let configuration = """
                net.listen('127.0.0.1', \(port))
                trust_anchors.remove('.')
                cache.size = 10 * MB
                policy.add(policy.suffix(policy.STUB('127.0.0.1@\(nameserver)'), policy.todnames({'\(zone)'})))

                """
            try Data(configuration.utf8).write(to: folder.appending(path: "kresd.conf"))
            arguments = ["-n", "-c", folder.appending(path: "kresd.conf").path, folder.path]
        }
        process = try ChildProcess(
            kind.rawValue, arguments, in: folder, environment: ["PATH": "/usr/sbin:/usr/bin:/bin"],
            error: folder.appending(path: "error"))
    }

    var endpoint: Endpoint {
        get throws {
            guard let endpoint = Endpoint("127.0.0.1:\(port)") else { throw Failure(description: "no address") }
            return endpoint
        }
    }

    func ask(_ name: String, _ type: RecordType) throws -> ParsedMessage {
        let query = try QueryOctets(name, type).with { $0.flags = 0x0100 }
        return try ParsedMessage(TestClient(port: port, timeout: 10).askOverTCP(query.octets))
    }

    /// Waits until the resolver answers for the zone.
    func waitUntilReady(_ zone: String) async throws {
        try await onThread { [self] in
            let deadline = Date(timeIntervalSinceNow: 60)
            while (try? ask(zone, .soa))?.answers.isEmpty != false {
                guard Date() < deadline, process.isRunning else { throw Failure(description: "the resolver does not answer") }
                poll(nil, 0, 20)
            }
        }
    }
}
