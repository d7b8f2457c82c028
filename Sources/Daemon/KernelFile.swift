import Foundation

/// A file that the kernel generates while it is read, as those in `/proc`.
enum KernelFile {
    /// The whole text; `nil` if the file is not there.
    ///
    /// `String(contentsOfFile:)` takes a short read for the end: for a table of sockets, after 4 KiB.
    static func text(_ path: String) -> String? {
        guard let data = try? FileHandle(forReadingAtPath: path)?.readToEnd() else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
