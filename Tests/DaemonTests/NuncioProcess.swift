import DNS
import Foundation
import Glibc
import TestSupport

/// The built program, run as a person runs it. It is killed when the last reference to it goes.
final class NuncioProcess: Sendable {
    private let process: ChildProcess
    private let out: URL
    private let error: URL

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// The program, which the build puts beside the test program.
    static var program: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "nuncio")
    }

    /// The variables with which the program finds its libraries, and those of sanitizers.
    private static var inherited: [String: String] {
        ProcessInfo.processInfo.environment.filter { ["LD_LIBRARY_PATH", "TSAN_OPTIONS", "ASAN_OPTIONS"].contains($0.key) }
    }

    /// - Parameter wrapper: A program and its arguments that replaces itself with the program that follows, as `nsenter` does.
    init(
        _ arguments: [String], in folder: URL, environment: [String: String] = [:], wrapper: [String] = []
    ) throws {
        let name = UUID().uuidString
        out = folder.appending(path: "\(name).out")
        error = folder.appending(path: "\(name).error")
        process = try ChildProcess(
            wrapper.first ?? Self.program.path,
            wrapper.isEmpty ? arguments : wrapper.dropFirst() + [Self.program.path] + arguments,
            in: folder,
            // No query goes to this machine's resolvers.
            environment: ["PATH": "/usr/bin:/bin", "NUNCIO_DNSSEC_RESOLVERS": ""].merging(Self.inherited) { $1 }.merging(
                environment
            ) { $1 },
            output: out, error: error)
    }

    var standardOutput: String { (try? String(contentsOf: out, encoding: .utf8)) ?? "" }
    var standardError: String { (try? String(contentsOf: error, encoding: .utf8)) ?? "" }

    var processID: Int32 { process.processID }

    /// The resident memory of the process, as the kernel counts it.
    func residentKilobytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8)
        guard let size = status.firstMatch(of: /VmRSS:\s+(\d+) kB/).flatMap({ Int($0.1) }) else {
            throw Failure(description: "no memory is told: \(status)")
        }
        return size
    }

    func signal(_ number: CInt) {
        process.signal(number)
    }

    /// - Returns: The exit code, or the negative number of the signal that ended the process.
    func waitForExit(seconds: TimeInterval = TimeInterval(Patience.seconds)) async throws -> Int {
        try await onThread { [self] in
            try wait(until: "the process ends", seconds: seconds) { !process.isRunning }
            return process.waitForExit()
        }
    }

    struct Ports: Sendable {
        var dns: UInt16
        var http: UInt16
    }

    /// Waits until a text is on standard error, or the process has ended.
    func waitForError(_ text: String, seconds: TimeInterval = TimeInterval(Patience.seconds)) async throws {
        try await onThread { [self] in
            try wait(until: "it says “\(text)”", seconds: seconds) { !process.isRunning || standardError.contains(text) }
        }
    }

    /// Waits until a file exists, or the process has ended.
    func waitForFile(_ file: URL, seconds: TimeInterval = TimeInterval(Patience.seconds)) async throws {
        try await onThread { [self] in
            try wait(until: "there is “\(file.path)”", seconds: seconds) {
                !process.isRunning || FileManager.default.fileExists(atPath: file.path)
            }
        }
    }

    /// Waits until a text is on standard output, or the process has ended.
    func waitForOutput(_ text: String, seconds: TimeInterval = TimeInterval(Patience.seconds)) async throws {
        try await onThread { [self] in
            try wait(until: "it prints “\(text)”", seconds: seconds) { !process.isRunning || standardOutput.contains(text) }
        }
    }

    /// Waits until the server says that it is ready, and returns its ports.
    func waitUntilReady(seconds: TimeInterval = TimeInterval(Patience.seconds)) async throws -> Ports {
        try await waitForError("] ready\n", seconds: seconds)
        return try await onThread { [self] in
            guard let dns = standardError.firstMatch(of: /dns\.addresses=127\.0\.0\.1:(\d+)/).flatMap({ UInt16($0.1) }),
                let http = standardError.firstMatch(of: /http\.addresses=127\.0\.0\.1:(\d+)/).flatMap({ UInt16($0.1) })
            else { throw Failure(description: "it is not ready but says: \(standardError)") }
            return Ports(dns: dns, http: http)
        }
    }

    private func wait(until what: String, seconds: TimeInterval, _ condition: () -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while !condition() {
            guard Date() < deadline else { throw Failure(description: "not within \(seconds) s: \(what). \(standardError)") }
            poll(nil, 0, 10)
        }
    }

    /// Runs a command to its end.
    static func run(
        _ arguments: [String], in folder: URL, environment: [String: String] = [:], wrapper: [String] = []
    ) async throws -> (exitCode: Int, out: String, error: String) {
        let process = try NuncioProcess(arguments, in: folder, environment: environment, wrapper: wrapper)
        let exitCode = try await process.waitForExit()
        return (exitCode, process.standardOutput, process.standardError)
    }

    /// Writes a configuration for a server on ports that the system chooses.
    static func writeConfiguration(in folder: URL, _ changes: (inout String) -> Void = { _ in }) throws {
        var text = """
            zones: ["delegates.example.net"]
            nameservers: ["ns1.delegates.example.net"]
            contact: "hostmaster@example.net"
            records:
              - "ns1.delegates.example.net. 3600 IN A 127.0.0.1"
            nameserver:
              listen: ["127.0.0.1:0"]
            webserver:
              listen: ["127.0.0.1:0"]
            registration:
              mode: "open"
              limit-per-hour: 0
            metrics:
              listen: ["127.0.0.1:0"]

            """
        changes(&text)
        try Data(text.utf8).write(to: folder.appending(path: "nuncio.yaml"))
    }
}
