package import Delegates

extension AuditNotes {
    /// Notes that are written while the test's process runs.
    package static func running(storage: any DelegateStorage, clock: SteadyClock) -> AuditNotes {
        let notes = AuditNotes(storage: storage, clock: clock)
        Task { await notes.run() }
        return notes
    }
}
