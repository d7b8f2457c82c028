package import NIOCore
import Synchronization

/// The open TCP connections of a door, so that they stay within their number.
package final class Connections: Sendable {
    private let maximumCount: Int
    private let open = Mutex<[ObjectIdentifier: Entry]>([:])

    private struct Entry {
        var channel: any Channel
        var lastProgress: NIODeadline
        var isBusy = false
        /// It was told to close, and has its descriptor until it has.
        var isClosing = false
    }

    /// So many more than the maximum may be open while others are closing.
    private static let maximumSurplus = 64

    /// - Parameter maximumCount: of all the door's listeners together; at least 1.
    package init(maximumCount: Int) {
        self.maximumCount = max(1, maximumCount)
    }

    /// Adds a connection. If there are too many then, the one without progress for longest is closed: one on which the client is
    /// waited for, if there is such a one. If those that are closing take too long, it is the new one itself.
    package func add(_ channel: any Channel) {
        let surplus: (any Channel)? = open.withLock { open in
            guard open.count < maximumCount + Self.maximumSurplus else { return channel }
            let oldest =
                open.count < maximumCount ? nil : open.filter { !$0.value.isClosing }.min { Self.goesFirst($0.value, $1.value) }
            open[ObjectIdentifier(channel)] = Entry(channel: channel, lastProgress: .now())
            guard let oldest else { return nil }
            open[oldest.key]?.isClosing = true
            return oldest.value.channel
        }
        surplus?.close(promise: nil)
    }

    private static func goesFirst(_ left: Entry, _ right: Entry) -> Bool {
        (left.isBusy ? 1 : 0, left.lastProgress) < (right.isBusy ? 1 : 0, right.lastProgress)
    }

    /// Something whole came from the client, or went to it.
    ///
    /// - Parameter isBusy: whether it is the server now that is waited for.
    package func madeProgress(_ channel: any Channel, isBusy: Bool = false) {
        let now = NIODeadline.now()
        open.withLock { open in
            open[ObjectIdentifier(channel)]?.lastProgress = now
            open[ObjectIdentifier(channel)]?.isBusy = isBusy
        }
    }

    package func remove(_ channel: any Channel) {
        _ = open.withLock { $0.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    /// Closes all of them, and returns when they are closed.
    package func closeAll() async {
        let channels = open.withLock { open in open.values.map(\.channel) }
        for channel in channels { channel.close(promise: nil) }
        for channel in channels { try? await channel.closeFuture.get() }
    }
}
