import Logging
import ServiceLifecycle
import UnixSignals

/// SIGHUP reads the configuration anew, as it does with other servers.
struct HangupSignal: Service {
    let reloading: Reloading

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        await cancelWhenGracefulShutdown {
            for await _ in signals { _ = await reloading.reload() }
        }
    }
}
