import FoundationEssentials

/// Octets as RFC 8555 writes them: base64url without padding (RFC 4648 section 5).
enum Base64URL {
    static func text(of octets: some Sequence<UInt8>) -> String {
        var text = Data(octets).base64EncodedString()
        text.replace("+", with: "-")
        text.replace("/", with: "_")
        return text.trimmed("=")
    }

    /// - Parameter text: Padding and the alphabet of plain base64 are accepted as well: people paste keys in all forms.
    /// - Returns: `nil` if the text is no base64.
    static func octets(of text: String) -> [UInt8]? {
        var plain = text.trimmed("=")
        guard plain.utf8.allSatisfy({ isLetter($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") }) else { return nil }
        plain.replace("-", with: "+")
        plain.replace("_", with: "/")
        plain += String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        return Data(base64Encoded: plain).map(Array.init)
    }

    /// Whether a text has only the alphabet's characters, and at least one.
    static func isAlphabetic(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(isLetter) }

    private static func isLetter(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension String {
    fileprivate func trimmed(_ end: Character) -> String {
        var text = self[...]
        while text.last == end { text.removeLast() }
        return String(text)
    }
}
