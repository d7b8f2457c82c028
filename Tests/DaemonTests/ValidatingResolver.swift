import DNS
import Delegates
import Foundation
import Glibc
import TestSupport

/// Unbound, with a trust anchor for one zone, which it asks at one port, and with a clock that a test sets.
final class ValidatingResolver: Sendable {
    private let process: ChildProcess
    let port: UInt16
    private let clock: URL
    private let logFile: URL

    private static let program = "/usr/sbin/unbound"
    private static let library = ["x86_64", "aarch64"].map { "/usr/lib/\($0)-linux-gnu/faketime/libfaketime.so.1" }

    static var isInstalled: Bool {
        FileManager.default.fileExists(atPath: program) && library.contains(where: FileManager.default.fileExists)
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// - Parameters:
    ///   - anchor: A DS record in presentation form.
    ///   - port: The port of the zone's name server.
    ///   - childPort: The port of the name server of `delegates` below the zone; `nil` if it is the same.
    ///   - logsQueries: Whether ``queries`` has what it is asked.
    init(
        anchor: String, zone: String, port nameserver: UInt16, childPort: UInt16? = nil, logsQueries: Bool = false,
        in folder: URL
    ) throws {
        port = try FreePort.find()
        clock = folder.appending(path: "clock")
        logFile = folder.appending(path: "unbound.log")
        let configuration = """
            server:
                directory: "\(folder.path)"
                chroot: ""
                username: ""
                pidfile: ""
                use-syslog: no
                logfile: ""
                log-servfail: yes
                log-queries: \(logsQueries ? "yes" : "no")
                verbosity: 1
                num-threads: 1
                interface: 127.0.0.1@\(port)
                outgoing-interface: 127.0.0.1
                do-ip6: no
                do-not-query-localhost: no
                qname-minimisation: yes
                val-sig-skew-min: 0
                val-sig-skew-max: 0
                harden-algo-downgrade: yes
                trust-anchor: "\(anchor)"
            stub-zone:
                name: "\(zone)"
                stub-addr: 127.0.0.1@\(nameserver)
            stub-zone:
                name: "delegates.\(zone)"
                stub-addr: 127.0.0.1@\(childPort ?? nameserver)
            remote-control:
                control-enable: no

            """
        try Data(configuration.utf8).write(to: folder.appending(path: "unbound.conf"))
        // AppArmor, where Debian has it on, confines Unbound to its own folders by path; a copy is not confined.
        let copy = folder.appending(path: "unbound")
        try FileManager.default.copyItem(atPath: Self.program, toPath: copy.path)
        let library = Self.library.first(where: FileManager.default.fileExists) ?? ""
        try Self.write(Timestamp(secondsSinceEpoch: Int64(time(nil))), to: clock)
        process = try ChildProcess(
            copy.path, ["-d", "-c", "unbound.conf"], in: folder,
            environment: [
                "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": clock.path, "FAKETIME_NO_CACHE": "1",
                "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC",
            ], error: logFile)
    }

    /// Sets the clock, which then stands still.
    func setTime(_ time: Timestamp) throws { try Self.write(time, to: clock) }

    private static func write(_ time: Timestamp, to file: URL) throws {
        let date = Date(timeIntervalSince1970: Double(time.secondsSinceEpoch))
        let text = date.formatted(.iso8601.dateSeparator(.dash).dateTimeSeparator(.space).timeSeparator(.colon))
        try Data((text.prefix(19) + "\n").utf8).write(to: file, options: .atomic)
    }

    /// The names and types that were asked for, in lower case, like `example.net. soa`.
    var queries: [String] {
        let log = (try? String(contentsOf: logFile, encoding: .utf8)) ?? ""
        return log.matches(of: /info: 127\.0\.0\.1 (\S+ \S+) IN/).map { $0.1.lowercased() }
    }

    /// The end of the log.
    var log: String { String(((try? String(contentsOf: logFile, encoding: .utf8)) ?? "").suffix(600)) }

    func waitUntilReady() async throws {
        try await onThread { [self] in
            let deadline = Date(timeIntervalSinceNow: 15)
            while !log.contains("start of service") {
                guard Date() < deadline, process.isRunning else { throw Failure(description: "Unbound does not start: \(log)") }
                poll(nil, 0, 10)
            }
        }
    }

    func ask(_ name: String, _ type: RecordType) throws -> ParsedMessage {
        // RD, and AD to be told whether the resolver has validated the answer.
        let query = try QueryOctets(name, type, edns: EDNS(payloadSize: 1232)).with { $0.flags = 0x0120 }
        return try ParsedMessage(TestClient(port: port).askOverTCP(query.octets))
    }
}
