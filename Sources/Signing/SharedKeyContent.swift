import DNSSEC
import Foundation

/// What servers share of a zone's keys, as JSON: their state, and the private keys unless each server has those by itself.
struct SharedKeyContent: Codable {
    var keys: ZoneKeys
    /// The texts of the private keys in the format of ``KeyFile``, by their tags.
    private var privateKeys: [String: String]

    /// - Parameter secrets: the secrets that are known; those of keys that the state does not have are left out.
    init(_ keys: ZoneKeys, secrets: [UInt16: SigningKey]) {
        self.keys = keys
        privateKeys = [:]
        for key in keys.keys {
            if let secret = secrets[key.tag] { privateKeys[String(key.tag)] = KeyFile.text(of: secret) }
        }
    }

    init?(octets: [UInt8]) {
        guard let content = try? JSONDecoder().decode(Self.self, from: Data(octets)) else { return nil }
        self = content
    }

    var octets: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let text = try? encoder.encode(self) else { preconditionFailure("JSON has no form for a state of keys.") }
        return Array(text)
    }

    /// The secrets by their tags; `nil` if one is not the key that it should be.
    var secrets: [UInt16: SigningKey]? {
        var secrets: [UInt16: SigningKey] = [:]
        for key in keys.keys {
            guard let text = privateKeys[String(key.tag)] else { continue }
            guard let secret = KeyFile.key(in: text, isSecureEntryPoint: key.role != .zoneSigning), secret.tag == key.tag,
                secret.algorithm == key.algorithm
            else { return nil }
            secrets[key.tag] = secret
        }
        return secrets
    }
}
