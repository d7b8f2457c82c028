import Crypto
import FoundationEssentials

/// An account as it is stored. The key is there before the authority is asked, so that no crash loses an account.
struct StoredAccount: Hashable, Sendable, Codable {
    var directory: String
    /// In PEM.
    var key: String
    /// The account's URL; `nil` until the authority has told it.
    var url: String?

    /// The name of the file: an authority has one of its own, so that one can come back to it.
    static func fileName(for directory: AuthorityURL) -> String {
        let digest = SHA256.hash(data: Data(directory.text.utf8)).prefix(8)
        return "account-" + digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + ".json"
    }
}
