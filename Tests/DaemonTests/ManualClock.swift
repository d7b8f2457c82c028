import Delegates
import Glibc
import Synchronization

@testable import Daemon

/// Both of a server's clocks, which the test moves.
final class ManualClock: Sendable {
    let now = Mutex(Timestamp(secondsSinceEpoch: Int64(time(nil))))

    func pass(_ seconds: Int64) { now.withLock { $0 = $0.advanced(by: .seconds(seconds)) } }

    var clocks: Server.Clocks {
        Server.Clocks(steady: SteadyClock { self.now.withLock(\.self) }, system: { self.now.withLock(\.self) })
    }
}
