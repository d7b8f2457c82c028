package import Delegates
import Glibc
import Synchronization

/// A lock on a file for the life of this process. The kernel releases it when the process ends, however it ends.
package final class FileLock: Sendable {
    private let descriptor: Mutex<CInt?>

    /// - Throws: ``StorageError/unavailable(_:)`` if another process has the lock, or if the file cannot be made.
    package init(path: String) throws(StorageError) {
        let made = try StorageFiles.make(path)
        let descriptor = unsafe made ?? open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path, "cannot be opened") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(descriptor)
            throw .unavailable("another nuncio has it open (it holds “\(path)”): stop that one, or give this one another path")
        }
        self.descriptor = Mutex(descriptor)
    }

    package func release() {
        descriptor.withLock { descriptor in
            guard let open = descriptor else { return }
            // Closing alone is not enough: a process that is just being started shares the descriptor until its program begins.
            flock(open, LOCK_UN)
            Glibc.close(open)
            descriptor = nil
        }
    }

    deinit { release() }
}
