import Foundation
import Glibc
import SystemErrors

/// A file that a command reads as a whole.
enum SmallFile {
    /// Why the file cannot be read, in words.
    struct Problem: Error, CustomStringConvertible {
        var description: String
    }

    /// The text of a file in UTF-8, or in UTF-16 with a byte order mark. The mark itself is left out.
    static func text(at path: String, maximumLength: Int) throws(Problem) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Problem(description: SystemError.last) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard let status = FileStatus(of: descriptor), !status.isFolder else {
            throw Problem(description: "it is a folder")
        }
        let data: Data
        do {
            data = try file.read(upToCount: maximumLength + 1) ?? Data()
        } catch {
            throw Problem(description: SystemError.text(error))
        }
        guard data.count <= maximumLength else { throw Problem(description: "it has more than \(maximumLength) octets") }
        return try text(data)
    }

    static func text(_ data: Data) throws(Problem) -> String {
        let decoded: String? =
            if data.starts(with: [0xEF, 0xBB, 0xBF]) {
                String(data: data.dropFirst(3), encoding: .utf8)
            } else if data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF]) {
                String(data: data, encoding: .utf16)
            } else {
                String(data: data, encoding: .utf8)
            }
        guard let decoded else { throw Problem(description: "it is not text in UTF-8") }
        return decoded
    }
}
