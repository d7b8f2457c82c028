import Delegates
import Foundation
import Glibc
import Logging
import PrometheusMetrics
import Synchronization
import SystemErrors

/// The room on the storage's disk. Some of it is reserved for enrolled delegates.
///
/// A file beside the storage, at its path with `.reserve`, takes up the octets that are to be kept. While less than that is free
/// beside it, no delegate is enrolled. When a commit finds the disk full, the file is emptied, and the commit is made again.
final class StorageRoom: Sendable {
    private let path: String
    private let folder: String
    /// In octets; 0 keeps none.
    private let size: UInt64
    private let logger: Logger
    private let state = Mutex(State())
    private let background = BackgroundLook()

    private struct State {
        /// The room that is free beside the reserve; `nil` if it is unknown.
        var free: UInt64?
        var isHeld = false
        var isShort = false
        /// The reserve cannot be made, which has been logged.
        var isRefused = false
    }

    /// With less free room than this, the reserve is given up before a commit fails: checkpoints and starts need some room too.
    private static let minimumFree: UInt64 = 4 << 20

    /// Checks for the first time, before the storage is opened: opening needs room on a full disk.
    ///
    /// - Parameters:
    ///   - path: the storage's path, with all links resolved.
    ///   - size: `nil` to keep none, and to leave alone what another process has reserved.
    init(path: String, size: UInt64?, logger: Logger) {
        self.path = path + ".reserve"
        folder = FilePath.folder(of: path)
        self.size = size ?? 0
        self.logger = logger
        if size != nil { shrink() }
        update()
    }

    /// Gives back what an earlier configuration reserved beyond this one.
    private func shrink() {
        guard heldSize > size + Self.minimumFree, let descriptor = open(0) else { return }
        ftruncate(descriptor, off_t(clamping: size))
        close(descriptor)
    }

    /// Whether too little is free to enrol more delegates.
    var isShort: Bool { state.withLock(\.isShort) }

    /// Whether the reserve is in use.
    var isGivenUp: Bool { size > 0 && state.withLock { !$0.isHeld && $0.isShort } }

    /// Gives the reserve up after a commit has found the disk full.
    ///
    /// - Returns: whether there is more room now.
    func giveUp() -> Bool {
        guard state.withLock(\.isHeld) else { return false }
        return release()
    }

    /// Checks on another thread, and does not wait.
    func look() {
        background.begin { [self] in update() }
    }

    private func update() {
        guard let free = Self.free(in: folder) else { return state.withLock { $0.free = nil } }
        guard size > 0 else { return state.withLock { $0.free = free } }
        let isHeld = state.withLock { state in
            state.free = free
            // A start finds the file of the last run.
            if !state.isHeld { state.isHeld = heldSize >= size }
            return state.isHeld
        }
        if isHeld, free < Self.minimumFree {
            _ = release()
        } else if !isHeld, free >= 2 * size {
            hold()
        }
        note()
    }

    /// Logs once that room is short, and once that it is not.
    private func note() {
        let (was, isShort, free, isHeld) = state.withLock { state in
            let was = state.isShort
            // If no reserve can be made, the free room has to do for both.
            state.isShort = state.free.map { $0 < size || (!state.isHeld && $0 < 2 * size) } ?? false
            return (was, state.isShort, state.free ?? 0, state.isHeld)
        }
        guard was != isShort else { return }
        if isShort {
            logger.error(
                "too little room on the storage's disk: registrations are refused",
                metadata: ["storage.free": "\(free)", "storage.reserve": "\(isHeld ? "held" : "in use")"])
        } else {
            logger.notice("enough room on the storage's disk again", metadata: ["storage.free": "\(free)"])
        }
    }

    private static func free(in folder: String) -> UInt64? {
        var status = statvfs()
        guard unsafe statvfs(folder, &status) == 0 else { return nil }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    // MARK: The file

    /// The octets that the reserve takes up on the disk; 0 unless it is a regular file with one name.
    private var heldSize: UInt64 {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else { return 0 }
        return UInt64(status.st_blocks) * 512
    }

    private func open(_ flags: CInt) -> CInt? {
        let descriptor = unsafe Glibc.open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | flags, 0o600)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else {
            close(descriptor)
            errno = EINVAL
            return nil
        }
        return descriptor
    }

    private func hold() {
        var problem = CInt(0)
        if let descriptor = open(O_CREAT) {
            problem = posix_fallocate(descriptor, 0, off_t(clamping: size))
            // A partly written file is of no use.
            if problem != 0 { ftruncate(descriptor, 0) }
            close(descriptor)
        } else {
            problem = errno
        }
        let isNew = state.withLock { state in
            state.isHeld = problem == 0
            defer { state.isRefused = problem != 0 }
            return problem != 0 && !state.isRefused
        }
        guard isNew else { return state.withLock { $0.free = Self.free(in: folder) } }
        logger.warning(
            "no room can be reserved on the storage's disk: the file for it cannot be made",
            metadata: ["storage.file": "\(path)", "error": "\(SystemError.text(problem))"])
    }

    private func release() -> Bool {
        guard let descriptor = open(0) else {
            state.withLock { $0.isHeld = false }
            return false
        }
        let isReleased = ftruncate(descriptor, 0) == 0
        close(descriptor)
        state.withLock { state in
            state.isHeld = false
            state.isShort = true
        }
        logger.error(
            "storage's disk is full: the reserved room is given to updates", metadata: ["storage.file": "\(path)"])
        return isReleased
    }

    func write(to exposition: inout Exposition) {
        let (free, isHeld, isShort) = state.withLock { ($0.free, $0.isHeld, $0.isShort) }
        if let free {
            exposition.write(
                .gauge, "nuncio_storage_free_bytes", "Free octets on the storage's disk, besides the reserve.", Double(free))
        }
        exposition.write(
            .gauge, "nuncio_storage_reserve_held", "Whether room is kept for updates and not in use: 1 or 0.", isHeld ? 1 : 0)
        exposition.write(
            .gauge, "nuncio_storage_room_short", "Whether registrations are refused for lack of room: 1 or 0.",
            isShort ? 1 : 0)
    }
}
