import Foundation
import SystemErrors

/// Secrets in files of their own.
extension ConfigurationReader {
    /// Reads a file that only the service's user can read.
    ///
    /// - Returns: the text without blanks around it; `nil` if that was reported as a problem.
    mutating func secret(_ key: ConfigurationKey, at path: String, _ origin: ConfigurationOrigin) -> String? {
        if let obstacle = SystemError.obstacle(to: .reading, path) {
            report("“\(key.name)”: “\(path)” cannot be read: \(obstacle)", at: origin)
            return nil
        }
        do {
            // Secrets are often given as links.
            let file = FilePath.resolved(path)
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int ?? 0
            guard mode & 0o077 == 0 || Self.isCredential(file, mode: mode) else {
                report("“\(key.name)”: “\(path)” can be read by others: chmod 600 \(path)", at: origin)
                return nil
            }
            return try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            report("“\(key.name)”: “\(path)” cannot be read: \(SystemError.text(error))", at: origin)
            return nil
        }
    }

    /// Whether systemd has put a file there for this service (“LoadCredential=”). The file belongs to root and has an access list for
    /// the service's user, which shows as a right of the group; the folder keeps others out.
    private static func isCredential(_ file: String, mode: Int) -> Bool {
        guard let folder = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty else { return false }
        let parent = FilePath.folder(of: file)
        return FilePath.resolved(folder) == parent && mode & 0o037 == 0
    }
}
