import Delegates
import ServiceLifecycle

/// Writes into the audit log what was noted. It stops after the doors and before the storage, so that a stop in order loses no note.
struct AuditWriting: Service {
    let notes: AuditNotes

    func run() async throws {
        await withGracefulShutdownHandler {
            await notes.run()
        } onGracefulShutdown: {
            notes.finish()
        }
    }
}
