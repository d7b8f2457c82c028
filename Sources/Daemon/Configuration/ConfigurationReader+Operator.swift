import Delegates
import Sockets

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

    /// The minimum length of the token, in characters; “openssl rand -base64 32” makes 44.
    private static var minimumTokenLength: Int { 32 }

    private mutating func operatorToken(path: String, at origin: ConfigurationOrigin) -> APIKey? {
        guard let text = secret(.operatorTokenFile, at: path, origin) else { return nil }
        guard Self.minimumTokenLength...256 ~= text.count, text.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else {
            report(
                "“operator.token-file”: the token in “\(path)” must have \(Self.minimumTokenLength) to 256 characters without "
                    + "blanks: openssl rand -base64 32 > \(path)", at: origin)
            return nil
        }
        return APIKey(text)
    }
}
