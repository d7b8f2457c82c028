/// The hash that acme-dns keeps of a key: `$2a$10$`, 22 characters of salt and 31 of digest (Provos and Mazières, A Future-Adaptable
/// Password Scheme, 1999; the form is that of OpenBSD, and Go's `golang.org/x/crypto/bcrypt` writes it).
///
/// The versions 2a, 2b and 2y are accepted, which differ only in bugs that some programs once had. Another module compares keys with
/// hashes: that is slow on purpose.
package struct BcryptHash: Hashable, Sendable {
    /// All 60 characters, as they came.
    package let text: String

    /// The binary logarithm of the number of rounds; acme-dns makes hashes of cost 10. Each step takes twice as long.
    package let cost: Int

    /// A lower cost is not bcrypt. With a higher one, a check takes half a second or more, which a sender of wrong keys could exploit.
    package static let costs = 4...12

    private static let length = 60

    /// - Returns: `nil` unless the text has the form throughout and its cost is one of ``costs``.
    package init?(_ text: String) {
        let octets = Array(text.utf8)
        guard octets.count == Self.length, octets[0] == UInt8(ascii: "$"), octets[1] == UInt8(ascii: "2"),
            [UInt8(ascii: "a"), UInt8(ascii: "b"), UInt8(ascii: "y")].contains(octets[2]), octets[3] == UInt8(ascii: "$"),
            octets[4..<6].allSatisfy({ 0x30...0x39 ~= $0 }), octets[6] == UInt8(ascii: "$"),
            octets[7...].allSatisfy(Self.isDigit)
        else { return nil }
        let cost = Int(octets[4] - 0x30) * 10 + Int(octets[5] - 0x30)
        guard Self.costs ~= cost else { return nil }
        self.text = text
        self.cost = cost
    }

    /// bcrypt's own alphabet of 64, which is not that of RFC 4648.
    private static func isDigit(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "/"): true
        default: false
        }
    }
}
