import Foundation

/// The master files that a configuration names.
enum ZoneFiles {
    /// The file itself, or every `.zone` file in a folder, in the order of their names.
    static func paths(at path: String) throws -> [String] {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        guard attributes[.type] as? FileAttributeType == .typeDirectory else { return [path] }
        return try FileManager.default.contentsOfDirectory(atPath: path)
            .filter { $0.hasSuffix(".zone") }
            .sorted()
            .map { path + "/" + $0 }
    }

    /// A comment may be in whatever encoding; what is not UTF-8 in a record is refused where it stands.
    static func text(of path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }
}
