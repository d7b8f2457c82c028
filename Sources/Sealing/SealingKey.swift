import Crypto
import Foundation

/// A key with which the servers of one storage seal what they share: AES-GCM with 256 bits (NIST SP 800-38D).
///
/// A sealed text opens only under the name that it was sealed for. Whoever can write in the storage can put an older one in its place.
package struct SealingKey: Equatable, Sendable {
    private let key: SymmetricKey

    /// The number of hexadecimal digits in the key's file.
    package static let digitCount = 64

    /// - Parameter digits: ``digitCount`` hexadecimal digits.
    package init?(digits: String) {
        guard digits.utf8.count == Self.digitCount else { return nil }
        var octets: [UInt8] = []
        var rest = digits[...]
        while !rest.isEmpty {
            let pair = rest.prefix(2)
            guard pair.allSatisfy(\.isHexDigit), let octet = UInt8(pair, radix: 16) else { return nil }
            octets.append(octet)
            rest = rest.dropFirst(2)
        }
        key = SymmetricKey(data: octets)
    }

    /// - Returns: the sealed octets in Base64.
    package func seal(_ octets: [UInt8], named name: String) -> String {
        guard let box = try? AES.GCM.seal(octets, using: key, authenticating: Array(name.utf8)), let whole = box.combined
        else { preconditionFailure("AES-GCM seals everything below 64 GiB.") }
        return whole.base64EncodedString()
    }

    /// - Throws: ``NotOpened``.
    package func open(_ text: String, named name: String) throws(NotOpened) -> [UInt8] {
        guard let whole = Data(base64Encoded: text), let box = try? AES.GCM.SealedBox(combined: whole) else {
            throw NotOpened(name: name, isForm: true)
        }
        guard let octets = try? AES.GCM.open(box, using: key, authenticating: Array(name.utf8)) else {
            throw NotOpened(name: name, isForm: false)
        }
        return Array(octets)
    }

    /// A text that this key does not open.
    package struct NotOpened: Error, Hashable, Sendable, CustomStringConvertible {
        package var name: String
        /// Whether it is not the form of a sealed text.
        package var isForm: Bool

        package var description: String {
            isForm
                ? "“\(name)” in the storage is damaged: it is no sealed text"
                : "“\(name)” in the storage was sealed with another key, or changed by others"
        }
    }
}
