import Foundation
import Glibc
import TestSupport

/// A disk fault for a running process: strace interferes with its system calls until the fault is ended.
final class StorageFault: Sendable {
    private let process: ChildProcess
    private let said: URL

    /// - Parameters:
    ///   - effect: What happens to the calls, as strace's `inject` takes it: `error=EIO`, `delay_enter=600s`.
    ///   - calls: The names of system calls, separated by commas.
    init(_ effect: String, calls: String, of processID: Int32, in folder: URL) async throws {
        let name = UUID().uuidString
        said = folder.appending(path: "\(name).strace")
        process = try ChildProcess(
            "/usr/bin/strace",
            ["-f", "-p", "\(processID)", "-o", "/dev/null", "-e", "trace=\(calls)", "-e", "inject=\(calls):\(effect)"],
            in: folder, error: said)
        try await waitUntil("strace has begun or ended") { hasBegun || !process.isRunning }
        guard hasBegun else { throw NuncioProcess.Failure(description: (try? String(contentsOf: said, encoding: .utf8)) ?? "") }
    }

    private var hasBegun: Bool { (try? String(contentsOf: said, encoding: .utf8))?.contains(" attached") ?? false }

    /// Ends the fault; calls that were held up go on.
    func end() async throws {
        process.signal(SIGTERM)
        try await waitUntil("strace has ended") { !process.isRunning }
    }

    /// Ends strace whatever calls it holds up: by itself it does not let go of a process that is ending.
    func endAtOnce() async throws {
        process.signal(SIGKILL)
        try await waitUntil("strace has ended") { !process.isRunning }
    }

    /// Whether strace is installed and may watch another process here.
    static func isPossible() async -> Bool {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/strace") else { return false }
        return await withTemporaryFolderIfPossible { folder in
            let other = try ChildProcess("/bin/sleep", ["60"], in: folder)
            try await StorageFault("error=EIO", calls: "fsync", of: other.processID, in: folder).end()
        }
    }

    private static func withTemporaryFolderIfPossible(_ body: (URL) async throws -> Void) async -> Bool {
        do {
            try await withTemporaryFolder(body)
            return true
        } catch {
            return false
        }
    }
}
