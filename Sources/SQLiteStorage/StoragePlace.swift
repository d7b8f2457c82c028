import Delegates
import Foundation
import Glibc
import Logging
import Synchronization

/// Checks that the open files are still those at the storage's path.
///
/// A file that was moved, deleted or replaced stays open: commits would go where the next start does not look for them. With
/// another lock file, a second server could run on the same storage.
final class StoragePlace: Sendable {
    private let watched: [Watched]
    private let logger: Logger
    /// The problem that the last check found; `nil` if none.
    private let lastProblem = Mutex<String?>(nil)
    private let background = BackgroundLook()

    private struct Watched: Sendable {
        var path: String
        var identity: FileIdentity
    }

    /// - Parameters:
    ///   - path: the storage's path, as it was configured.
    ///   - real: the same path with all links resolved. The other files are beside it. All of them are open.
    init(path: String, real: String, logger: Logger) {
        watched = ([path, real] + ["-wal", "-shm", ".lock"].map { real + $0 }).compactMap { path in
            FileIdentity(of: path).map { Watched(path: path, identity: $0) }
        }
        self.logger = logger
    }

    /// The problem that the last check found; `nil` if none.
    var problem: StorageError? { lastProblem.withLock(\.self).map { .unavailable($0) } }

    /// Checks now. This takes some microseconds, or as long as the disk hangs.
    ///
    /// - Throws: ``Displacement``, which has been logged.
    func check() throws(Displacement) {
        let displaced = watched.first { FileIdentity(of: $0.path) != $0.identity }
        let problem = displaced.map { "“\($0.path)” is not the file that is open: it was moved, deleted or replaced" }
        let last = lastProblem.withLock { last in
            defer { last = problem }
            return last
        }
        switch (last, problem) {
        case (nil, let problem?):
            logger.error("storage is not in its place: changes are refused", metadata: ["error": "\(problem)"])
        case (.some, nil): logger.notice("storage is in its place again")
        case (nil, nil), (.some, .some): break
        }
        if let problem { throw Displacement(description: problem) }
    }

    /// Checks on another thread, and does not wait.
    func look() {
        // A caller that needs the outcome reads the problem.
        background.begin { [self] in try? check() }
    }
}

/// The files at the storage's path are not those that are open.
struct Displacement: Error, CustomStringConvertible {
    var description: String
}

/// The identity of a file, whatever its name.
struct FileIdentity: Hashable {
    private var device: UInt64
    private var number: UInt64

    /// `nil` if there is no such file.
    init?(of path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
    }
}
