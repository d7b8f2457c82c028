import DNSSEC
import Foundation

extension KeyFile {
    /// What is wrong with a key's file, in words that follow its name.
    struct Fault: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }

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
                throw Fault("it has no line “Private-key-format: v1.3”, with which private key files begin")
            }
            guard version.hasPrefix("v1.") else { throw Fault("its format is “\(version)”, but only v1 is supported") }
            guard let stated = fields["Algorithm"], let number = stated.split(separator: " ").first.flatMap({ UInt8($0) })
            else {
                throw Fault("it has no line “Algorithm:” with a number")
            }
            guard let algorithm = SigningAlgorithm(rawValue: number) else {
                let known = SigningAlgorithm.allCases.map { "\($0.rawValue) (\($0.name))" }.joined(separator: " and ")
                throw Fault(
                    "it is a key of algorithm \(stated), but only \(known) can sign here: move it to another folder, and the zone to another "
                        + "algorithm where it is signed now")
            }
            guard let text = fields["PrivateKey"] else {
                throw Fault(
                    fields["Label"] != nil || fields["Engine"] != nil
                        ? "it names a key in a hardware module, which cannot be used here" : "it has no line “PrivateKey:”")
            }
            guard let secret = Data(base64Encoded: text) else { throw Fault("what follows “PrivateKey:” is not base64") }
            self.algorithm = algorithm
            self.secret = Array(secret)
        }

        func key(isSecureEntryPoint: Bool) throws(Fault) -> SigningKey {
            guard let key = SigningKey(algorithm, secretOctets: secret, isSecureEntryPoint: isSecureEntryPoint) else {
                throw Fault(
                    "its private key has \(secret.count) octets that are not a key of algorithm \(algorithm.name): that has 32, not all "
                        + "of them zero")
            }
            return key
        }
    }
}
