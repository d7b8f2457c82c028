package import Logging
import Synchronization

/// The level below which the server's loggers are silent, changed for all of them at once.
package final class SharedLogLevel: Sendable {
    private let place: Atomic<Int>

    package init(_ level: Logger.Level) {
        place = Atomic(Self.place(of: level))
    }

    package var level: Logger.Level {
        get { Logger.Level.allCases[place.load(ordering: .relaxed)] }
        set { place.store(Self.place(of: newValue), ordering: .relaxed) }
    }

    private static func place(of level: Logger.Level) -> Int {
        Logger.Level.allCases.firstIndex(of: level) ?? 0
    }
}

/// Passes messages on to another handler, from the shared level on, or from the logger's own level if that is higher.
struct LevelledLogHandler: LogHandler {
    private var handler: any LogHandler
    private let shared: SharedLogLevel
    private var own = Logger.Level.trace

    init(_ handler: any LogHandler, level: SharedLogLevel) {
        self.handler = handler
        self.handler.logLevel = .trace
        shared = level
    }

    var logLevel: Logger.Level {
        get { max(shared.level, own) }
        set { own = newValue }
    }

    var metadata: Logger.Metadata {
        get { handler.metadata }
        set { handler.metadata = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { handler[metadataKey: key] }
        set { handler[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) { handler.log(event: event) }
}
