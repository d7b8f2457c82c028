import Logging
import ServiceLifecycle
import UnixSignals

/// Reloads the configuration on SIGHUP, as other servers do.
struct HangupSignal: Service {
    let reloading: Reloading

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        await cancelWhenGracefulShutdown {
            for await _ in signals { _ = await reloading.reload() }
        }
    }
}
