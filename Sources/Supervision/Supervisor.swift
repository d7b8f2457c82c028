import CClock
import CSockets
import Glibc
package import Logging
import Synchronization
import SystemErrors

/// The service manager that started this process and wants to know how it is: systemd, or another one that speaks sd_notify(3).
package final class Supervisor: Sendable {
    /// A path, or a name in the abstract namespace after “@”.
    private let socket: String
    /// The time after which the service manager ends a process that gave no sign of life; `nil` if it wants none.
    package let watchdogTime: Duration?
    private let logger: Logger
    /// Whether the last text could not be sent; logged once.
    private let isDeaf = Mutex(false)

    /// The number of attempts to send a text to a socket that has no room, and the time between two of them: 5 s in all.
    private static let maximumAttempts = 50
    private static let pause = Duration.milliseconds(100)

    /// - Returns: `nil` if no service manager wants to know, which is no error.
    package init?(_ environment: ServiceEnvironment, processID: Int32 = getpid(), logger: Logger) {
        guard let socket = environment.values["NOTIFY_SOCKET"], !socket.isEmpty else { return nil }
        self.socket = socket
        self.logger = logger
        let isMeant = environment.values["WATCHDOG_PID"].map { Int32($0) == processID } ?? true
        let microseconds = environment.values["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdogTime = isMeant && microseconds > 0 ? .microseconds(microseconds) : nil
    }

    /// Tells all of it at once. A service manager that cannot be told is logged: the server does its work without one.
    package func tell(_ news: News...) async {
        let text = news.map(\.line).joined(separator: "\n")
        var result = unsafe unix_datagram_send(socket, text)
        var attempts = 1
        while result == -EAGAIN, attempts < Self.maximumAttempts, !Task.isCancelled {
            // A cancelled sleep ends the attempts.
            try? await Task.sleep(for: Self.pause)
            result = unsafe unix_datagram_send(socket, text)
            attempts += 1
        }
        let failed = result < 0
        let wasDeaf = isDeaf.withLock { isDeaf in
            defer { isDeaf = failed }
            return isDeaf
        }
        guard failed, !wasDeaf else { return }
        logger.warning(
            "the service manager cannot be told",
            metadata: ["supervisor.socket": "\(socket)", "error": "\(SystemError.text(-result))"])
    }
}

extension Supervisor {
    /// A line of sd_notify(3).
    package enum News: Hashable, Sendable {
        case ready
        /// The configuration is read again; ``ready`` says that it is over, however it ended.
        case reloading
        case stopping
        /// The sign of life.
        case alive
        /// Words for `systemctl status`.
        case status(String)

        /// The longest text that is told, in characters.
        private static let maximumStatusLength = 500

        var line: String {
            switch self {
            case .ready: "READY=1"
            case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(Self.monotonicMicroseconds)"
            case .stopping: "STOPPING=1"
            case .alive: "WATCHDOG=1"
            case .status(let text): "STATUS=\(Self.line(of: text))"
            }
        }

        /// A line ends at a line break, and what comes after it would be another message.
        private static func line(of text: String) -> String {
            String(text.prefix(maximumStatusLength).map { $0.isNewline || $0 == "\0" ? " " : $0 })
        }

        /// systemd compares it with the moment at which it asked for a reload.
        private static var monotonicMicroseconds: Int64 {
            Int64(monotonic_nanoseconds() / 1000)
        }
    }
}
