import NIOCore
import Synchronization

/// The open connections of a listener, so that they stay within their number.
final class Connections: Sendable {
    private let maximumCount: Int
    private let open = Mutex<[ObjectIdentifier: Entry]>([:])

    private struct Entry {
        var channel: any Channel
        var lastProgress: NIODeadline
    }

    init(maximumCount: Int) {
        self.maximumCount = maximumCount
    }

    /// Adds a connection. If there are too many then, the one without progress for longest is closed.
    func add(_ channel: any Channel) {
        let surplus: (any Channel)? = open.withLock { open in
            let oldest = open.count < maximumCount ? nil : open.min { $0.value.lastProgress < $1.value.lastProgress }
            if let oldest { open[oldest.key] = nil }
            open[ObjectIdentifier(channel)] = Entry(channel: channel, lastProgress: .now())
            return oldest?.value.channel
        }
        surplus?.close(promise: nil)
    }

    func madeProgress(_ channel: any Channel, at time: NIODeadline) {
        open.withLock { $0[ObjectIdentifier(channel)]?.lastProgress = time }
    }

    func remove(_ channel: any Channel) {
        _ = open.withLock { $0.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    func closeAll() {
        for entry in open.withLock(\.values) { entry.channel.close(promise: nil) }
    }
}
