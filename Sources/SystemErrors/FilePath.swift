import Foundation
import Glibc

/// Paths as the kernel reads them: between slashes is a name, and “~” is a name like any other.
///
/// Foundation's file URLs read “~” as a user's home, and SQLite does not: they would find different files at one path.
package enum FilePath {
    /// The path from the root.
    package static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    /// The folder in which the last name is looked up, from the root.
    package static func folder(of path: String) -> String {
        let parts = absolute(path).split(separator: "/").dropLast()
        return "/" + parts.joined(separator: "/")
    }

    /// The last name; empty if there is none.
    package static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? ""
    }

    /// The path with all links resolved. The target of a link at its end, and the folders, need not exist.
    package static func resolved(_ path: String) -> String {
        var path = absolute(path)
        for _ in 0..<maximumLinks {
            if let real = real(path) { return real }
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { break }
            path = target.hasPrefix("/") ? target : folder(of: path) + "/" + target
        }
        let folder = folder(of: path)
        guard folder != "/" else { return "/" + name(of: path) }
        return resolved(folder) + "/" + name(of: path)
    }

    /// An existing, writable folder for temporary files: that of `TMPDIR`, or else `/tmp`.
    package static func temporaryFolder(environment: [String: String]) -> String {
        environment["TMPDIR"].flatMap { canHoldFiles($0) ? absolute($0) : nil } ?? "/tmp"
    }

    /// Whether files can be made in a folder.
    package static func canHoldFiles(_ folder: String) -> Bool {
        var status = stat()
        return unsafe stat(folder, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            && SystemError.obstacle(toFilesIn: folder) == nil
    }

    /// The kernel's limit.
    private static let maximumLinks = 40

    private static func real(_ path: String) -> String? {
        guard let real = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }
}
