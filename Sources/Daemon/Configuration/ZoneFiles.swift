import DNS
import Foundation
import Glibc
import SystemErrors

/// The master files that a configuration names.
enum ZoneFiles {
    /// An item of `zone-files`: `PATH` or `NAME=PATH`. An item with a slash before its `=` is a path.
    struct Item {
        /// The apex of the file's zone; `nil` if the item names none.
        var apex: DomainName?
        var path: String

        init(_ text: String) throws(PresentationError) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].contains("/") else {
                path = text
                return
            }
            apex = try HostName(parts[0], underscores: .anywhere).domainName
            path = String(parts[1])
        }
    }

    /// The zone that a file's name stands for: `NAME.zone`, `NAME.db`, `db.NAME` or `NAME`; `nil` if that is not a name.
    static func name(ofFile path: String) -> DomainName? {
        var name = FilePath.name(of: path)[...]
        if let suffix = [".zone", ".db"].first(where: { name.hasSuffix($0) }) {
            name = name.dropLast(suffix.count)
        } else if name.hasPrefix("db.") {
            name = name.dropFirst(3)
        }
        return try? HostName(name, underscores: .anywhere).domainName
    }

    /// The file itself, or every `.zone` file in a folder, in the order of their names.
    static func paths(at path: String) throws -> [String] {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        guard attributes[.type] as? FileAttributeType == .typeDirectory else { return [path] }
        return try FileManager.default.contentsOfDirectory(atPath: path)
            .filter { $0.hasSuffix(".zone") }
            .sorted()
            .map { path + "/" + $0 }
    }

    /// The file's octets: a comment or string may be in any encoding.
    static func octets(of path: String) throws -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        return [UInt8](try file.readToEnd() ?? Data())
    }
}
