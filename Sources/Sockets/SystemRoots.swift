import Glibc

/// The roots of certificate authorities that the machine trusts, at the places where NIOSSL looks for them on Linux.
///
/// Where there are none, NIOSSL makes no TLS client at all, and its error has no words. It looks once in the life of the process, when it
/// makes the first client.
package struct SystemRoots: Sendable {
    /// The paths of files with all roots. NIOSSL takes the first that exists.
    package var files = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
    /// The path of a folder with a file for each root.
    package var folder = "/etc/ssl/certs"

    package init() {}

    /// Whether there are any.
    package var areThere: Bool {
        for file in files {
            var status = stat()
            guard unsafe stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            return status.st_size > 0
        }
        return hasFilesInFolder
    }

    private var hasFilesInFolder: Bool {
        guard let stream = unsafe opendir(folder) else { return false }
        defer { unsafe closedir(stream) }
        // Each folder has “.” and “..”.
        for _ in 0..<3 where unsafe readdir(stream) == nil { return false }
        return true
    }

    /// What is wrong and what to do where there are none, in a sentence without its end.
    ///
    /// - Parameter setting: what names a file with roots, as a key of the configuration.
    package static func absence(setting: String) -> String {
        "this machine has no roots of certificate authorities, so it can trust no server: install the package ca-certificates, or name a "
            + "file of roots in \(setting)"
    }
}
