import Delegates
import Foundation
import Sockets
import SystemErrors

extension ConfigurationReader {
    /// - Returns: `nil` for 0, with which no delegate ends by itself.
    mutating func unusedLifetime() -> Duration? {
        let days = number(.unusedDays, default: 0)
        return days == 0 ? nil : .seconds(days * 86_400)
    }

    mutating func operatorAccess() -> Configuration.OperatorAccess {
        let certificate = self.certificate(ConfigurationKey.operatorTLS)
        guard let entry = entries[.operatorListen], !entry.values.isEmpty else {
            return Configuration.OperatorAccess(listen: [], certificate: nil, token: nil)
        }
        let listen = endpoints(.operatorListen, default: [])
        guard let file = entries[.operatorTokenFile], let path = text(.operatorTokenFile, default: nil) else {
            if entries[.operatorTokenFile] == nil, !entries.misread.contains(.operatorTokenFile) {
                report(
                    "“operator.listen” needs “operator.token-file”: clients over TCP must know a token", at: entry.origin)
            }
            return Configuration.OperatorAccess(listen: listen, certificate: certificate, token: nil)
        }
        let token = operatorToken(path: path, at: file.origin)
        return Configuration.OperatorAccess(listen: listen, certificate: certificate, token: token?.digest)
    }

    /// Whether systemd has put a file there for this service (“LoadCredential=”). The file belongs to root and has an access list for
    /// the service's user, which shows as a right of the group; the folder keeps others out.
    private static func isCredential(_ file: String, mode: Int) -> Bool {
        guard let folder = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty else { return false }
        let parent = FilePath.folder(of: file)
        return FilePath.resolved(folder) == parent && mode & 0o037 == 0
    }

    /// The minimum length of the token, in characters; “openssl rand -base64 32” makes 44.
    private static var minimumTokenLength: Int { 32 }

    private mutating func operatorToken(path: String, at origin: ConfigurationOrigin) -> APIKey? {
        if let obstacle = SystemError.obstacle(to: .reading, path) {
            report("“operator.token-file”: “\(path)” cannot be read: \(obstacle)", at: origin)
            return nil
        }
        do {
            // Secrets are often given as links.
            let file = FilePath.resolved(path)
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int ?? 0
            guard mode & 0o077 == 0 || Self.isCredential(file, mode: mode) else {
                report("“operator.token-file”: “\(path)” can be read by others: chmod 600 \(path)", at: origin)
                return nil
            }
            let text = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
            guard Self.minimumTokenLength...256 ~= text.count, text.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else {
                report(
                    "“operator.token-file”: the token in “\(path)” must have \(Self.minimumTokenLength) to 256 characters without "
                        + "blanks: openssl rand -base64 32 > \(path)", at: origin)
                return nil
            }
            return APIKey(text)
        } catch {
            report("“operator.token-file”: “\(path)” cannot be read: \(SystemError.text(error))", at: origin)
            return nil
        }
    }
}
