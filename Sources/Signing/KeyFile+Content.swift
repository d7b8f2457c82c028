import DNSSEC
import Foundation

extension KeyFile {
    /// The content of a key's file. It does not say whether the key is a zone's entry.
    struct Content {
        let algorithm: SigningAlgorithm
        private let secret: [UInt8]

        init(of text: String) throws(Fault) {
            var fields: [String: String] = [:]
            for line in text.split(whereSeparator: \.isNewline) {
                let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                if parts.count == 2 { fields[parts[0]] = parts[1] }
            }
            guard let version = fields["Private-key-format"] else {
                throw .noFormat
            }
            guard version.hasPrefix("v1.") else { throw .otherFormat(version) }
            guard let stated = fields["Algorithm"], let number = stated.split(separator: " ").first.flatMap({ UInt8($0) })
            else { throw .noAlgorithm }
            guard let algorithm = SigningAlgorithm(rawValue: number) else { throw .unknownAlgorithm(stated) }
            guard let text = fields["PrivateKey"] else {
                throw fields["Label"] != nil || fields["Engine"] != nil ? .inHardware : .noPrivateKey
            }
            guard let secret = Data(base64Encoded: text) else { throw .notBase64 }
            self.algorithm = algorithm
            self.secret = Array(secret)
        }

        func key(isSecureEntryPoint: Bool) throws(Fault) -> SigningKey {
            guard let key = SigningKey(algorithm, secretOctets: secret, isSecureEntryPoint: isSecureEntryPoint) else {
                throw .notKey(octetCount: secret.count, algorithm)
            }
            return key
        }
    }
}
