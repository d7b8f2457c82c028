import DNS
import Foundation
import Glibc
import SystemErrors

/// The master files that a configuration names.
enum ZoneFiles {
    /// An item of `zone-files`: `PATH` or `NAME=PATH`. What has a slash in front of its `=` is a path.
    struct Item {
        /// Whose zone the file must be.
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

    /// The zone for which a file is named: `NAME.zone`, `NAME.db`, `db.NAME` or `NAME`; `nil` if that is no name.
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

    /// A comment or string may be in whatever encoding, so these are octets.
    static func octets(of path: String) throws -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        return [UInt8](try file.readToEnd() ?? Data())
    }
}
