package import DNS
package import DNSSEC
import Foundation
package import SystemErrors

/// A private key in the format v1.3 of BIND's tools: the server can use keys from `dnssec-keygen`, and BIND those of the server.
package enum KeyFile {
    package static func text(of key: SigningKey) -> String {
        """
        Private-key-format: v1.3
        Algorithm: \(key.algorithm.rawValue) (\(key.algorithm.name.uppercased()))
        PrivateKey: \(Data(key.secretOctets).base64EncodedString())

        """
    }

    /// Writes a key to a new file that only its user can read. The folder must not have a file of this name.
    ///
    /// - Returns: the file's path, when the file is durable.
    /// - Throws: ``DurableFolder/Failure``.
    package static func make(
        for key: SigningKey, of apex: DomainName, in folder: String
    ) throws(DurableFolder.Failure) -> String {
        let name = name(apex: apex, algorithm: key.algorithm, tag: key.tag)
        try DurableFolder(at: folder).write(Array(text(of: key).utf8), to: name, .refuse)
        return "\(folder)/\(name)"
    }

    /// - Returns: `nil` if the text is not a private key of a known algorithm.
    package static func key(in text: String, isSecureEntryPoint: Bool) -> SigningKey? {
        try? Content(of: text).key(isSecureEntryPoint: isSecureEntryPoint)
    }

    /// The algorithm and tag in the name of a key's file; `nil` if it is not such a name.
    static func parts(ofName name: String) -> (algorithm: UInt8, tag: UInt16)? {
        let parts = name.split(separator: "+", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2].hasSuffix(".private"), let algorithm = UInt8(parts[1]),
            let tag = UInt16(parts[2].dropLast(".private".count))
        else { return nil }
        return (algorithm, tag)
    }

    /// The names of the files of a zone's keys in a folder.
    ///
    /// - Throws: an error of the system.
    package static func names(of apex: DomainName, in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasPrefix("K\(zoneName(apex))+") && parts(ofName: $0) != nil }.sorted()
    }

    /// The name that BIND's tools give to a key's file: `Kexample.net.+013+55648.private`.
    package static func name(apex: DomainName, algorithm: SigningAlgorithm, tag: UInt16) -> String {
        func digits(_ number: Int, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: count - text.count) + text
        }
        return "K\(zoneName(apex))+\(digits(Int(algorithm.rawValue), 3))+\(digits(Int(tag), 5)).private"
    }

    /// A zone's name with its final dot, as a part of a file's name.
    static func zoneName(_ apex: DomainName) -> String {
        apex.lowercased.description.utf8.map { octet in
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: "."):
                String(UnicodeScalar(octet))
            default: "%" + (octet < 16 ? "0" : "") + String(octet, radix: 16)
            }
        }.joined()
    }
}
