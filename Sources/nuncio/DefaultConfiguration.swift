import Foundation

/// The configuration file that commands read unless another is given.
enum DefaultConfiguration {
    static let path = "/etc/nuncio/nuncio.yaml"

    /// The file to read: the given one; otherwise ``path``, if it exists and what the command needs comes from nowhere else.
    ///
    /// - Parameters:
    ///   - given: the value of `--config`.
    ///   - key: what the command needs before all else, `zones` or `storage.sqlite.path`.
    ///   - isOption: whether an option gives it.
    static func file(
        given: String?, unless key: EnvironmentKey, isOption: Bool,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        exists: (String) -> Bool = { FileManager.default.fileExists(atPath: $0) }
    ) -> String? {
        if let given { return given }
        guard !isOption, environment[key.rawValue] == nil, exists(path) else { return nil }
        return path
    }

    enum EnvironmentKey: String {
        case zones = "NUNCIO_ZONES"
        case storage = "NUNCIO_STORAGE_SQLITE_PATH"
    }
}
