import Foundation

/// A file that the kernel makes while it is read, as those in `/proc` are.
enum KernelFile {
    /// All of it; nothing if it is not there.
    ///
    /// `String(contentsOfFile:)` takes a read that gives less than was asked for as the end: of a table of sockets after 4 KiB.
    static func text(_ path: String) -> String? {
        guard let data = try? FileHandle(forReadingAtPath: path)?.readToEnd() else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
