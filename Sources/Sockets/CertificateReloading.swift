package import Logging
import ServiceLifecycle
import Synchronization

/// Reads a door's certificate again when its files change.
package final class CertificateReloading: Service {
    private let identity: TLSIdentity
    private let known: Mutex<Known>
    private let logger: Logger

    private struct Known {
        var files: CertificateFiles
        var stamps: [CertificateFiles.Stamp]

        init(_ loaded: CertificateFiles.Loaded) {
            files = loaded.files
            stamps = loaded.stamps
        }
    }

    /// The interval between looks at the files.
    private static let period = Duration.seconds(5)

    /// - Parameter loaded: what `identity` shows.
    package init(_ loaded: CertificateFiles.Loaded, for identity: TLSIdentity, logger: Logger) {
        self.identity = identity
        self.logger = logger
        known = Mutex(Known(loaded))
    }

    /// Shows another certificate from now on, and looks at its files.
    package func replace(by loaded: CertificateFiles.Loaded) {
        known.withLock {
            $0 = Known(loaded)
            identity.replace(by: loaded.certificate)
        }
    }

    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: Self.period)
                self.reloadIfChanged()
            }
        }
    }

    private func reloadIfChanged() {
        let (files, stamps) = known.withLock { ($0.files, $0.stamps) }
        guard let newest = try? files.stamps(), newest != stamps else { return }
        do {
            let loaded = try files.load()
            let isCurrent = known.withLock { known in
                guard known.files == files else { return false }
                known = Known(loaded)
                identity.replace(by: loaded.certificate)
                return true
            }
            guard isCurrent else { return }
            logger.notice("certificate reloaded", metadata: ["tls.certificate": "\(files.certificatePath)"])
        } catch {
            // Perhaps only one of the two files has been written yet: the old pair stays until both match.
            known.withLock { $0.stamps = newest }
            logger.error("certificate not reloaded", metadata: ["error": "\(error)"])
        }
    }
}
