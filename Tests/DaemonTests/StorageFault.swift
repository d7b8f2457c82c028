import Foundation
import Glibc
import TestSupport

/// Trouble with the disk of a process that runs: strace gets in the way of its system calls, until it is ended.
final class StorageFault: Sendable {
    private let process: ChildProcess
    private let said: URL

    /// - Parameters:
    ///   - effect: what becomes of the calls, as strace's `inject` takes it: `error=EIO`, `delay_enter=600s`.
    ///   - calls: the names of system calls, with commas.
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

    /// The disk is well again; calls that were held up go on.
    func end() async throws {
        process.signal(SIGTERM)
        try await waitUntil("strace has ended") { !process.isRunning }
    }

    /// Ends strace with no regard for the calls that it holds up: of a process that is ending it does not let go by itself.
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
