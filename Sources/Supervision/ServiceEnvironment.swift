import Glibc

/// What a service manager writes into the environment of a process that it starts: sd_notify(3), sd_watchdog_enabled(3),
/// sd_listen_fds(3).
package struct ServiceEnvironment: Sendable {
    /// The values of the variables that are set.
    package var values: [String: String]

    package init(values: [String: String]) {
        self.values = values
    }

    private static let names = [
        "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES",
    ]

    /// Takes the variables out of this process's environment, so that no program that it starts takes them for its own.
    package static func take() -> ServiceEnvironment {
        var values: [String: String] = [:]
        for name in names {
            guard let value = unsafe getenv(name) else { continue }
            values[name] = unsafe String(cString: value)
            unsafe unsetenv(name)
        }
        return ServiceEnvironment(values: values)
    }
}
