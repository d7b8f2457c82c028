import NIOCore

/// Runs tasks on the event loop of their connection: those of the public API, which wait for the storage by `await` alone. What operators
/// ask for can wait for files, and runs elsewhere.
///
/// Otherwise a request changes threads for each part of it that arrives or leaves: a thread of the loop wakes one of Swift's pool, and that
/// one the loop.
final class EventLoopTasks: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
