package import DNS
package import DNSSEC
import Foundation

/// A private key as BIND's tools write it, format v1.3: what `dnssec-keygen` makes can be used here, and the other way round.
package enum KeyFile {
    package static func text(of key: SigningKey) -> String {
        """
        Private-key-format: v1.3
        Algorithm: \(key.algorithm.rawValue) (\(key.algorithm.name.uppercased()))
        PrivateKey: \(Data(key.secretOctets).base64EncodedString())

        """
    }

    /// Makes a file for a key, for its user alone, in a folder where there is none of this name.
    ///
    /// - Returns: its path, when it is durable.
    /// - Throws: an error of the system.
    package static func make(for key: SigningKey, of apex: DomainName, in folder: String) throws -> String {
        let path = "\(folder)/\(name(apex: apex, algorithm: key.algorithm.rawValue, tag: key.tag))"
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: Data(text(of: key).utf8))
        try handle.synchronize()
        try handle.close()
        return path
    }

    /// - Returns: nothing if the text is no private key of an algorithm that is known here.
    package static func key(in text: String, isSecureEntryPoint: Bool) -> SigningKey? {
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.count == 2 { fields[parts[0]] = parts[1] }
        }
        guard fields["Private-key-format"]?.hasPrefix("v1.") == true,
            let number = fields["Algorithm"]?.split(separator: " ").first.flatMap({ UInt8($0) }),
            let algorithm = SigningAlgorithm(rawValue: number),
            let secret = fields["PrivateKey"].flatMap({ Data(base64Encoded: $0) })
        else { return nil }
        return SigningKey(algorithm, secretOctets: Array(secret), isSecureEntryPoint: isSecureEntryPoint)
    }

    /// The tag in the name of a key's file; nothing if it is no such name.
    static func tag(inName name: String) -> UInt16? {
        let parts = name.split(separator: "+", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2].hasSuffix(".private") else { return nil }
        return UInt16(parts[2].dropLast(".private".count))
    }

    /// The name that BIND's tools give to a key: `Kexample.net.+013+55648.private`.
    package static func name(apex: DomainName, algorithm: UInt8, tag: UInt16) -> String {
        func digits(_ number: Int, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: count - text.count) + text
        }
        return "K\(zoneName(apex))+\(digits(Int(algorithm), 3))+\(digits(Int(tag), 5)).private"
    }

    /// A zone's name, with its final dot, as a part of a file's name.
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
