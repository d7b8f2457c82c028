import DNS

/// The form of `Host` and of a target's authority: a host and perhaps a port (RFC 9110 section 7.2, RFC 3986 section 3.2).
enum HostField {
    /// - Returns: whether this can be a host. An empty host is invalid, and so is user information.
    static func isValid(_ text: some StringProtocol) -> Bool {
        let (host, port) = parts(of: Substring(text))
        return port.map(isPort) ?? true && isHost(host)
    }

    private static func parts(of text: Substring) -> (host: Substring, port: Substring?) {
        // The colons inside an IPv6 address come before its bracket.
        let end = text.lastIndex(of: "]") ?? text.startIndex
        guard let colon = text[end...].firstIndex(of: ":") else { return (text, nil) }
        return (text[..<colon], text[text.index(after: colon)...])
    }

    /// An empty port stands for the scheme's own.
    private static func isPort(_ text: Substring) -> Bool {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return false }
        return text.isEmpty || UInt16(text).map { $0 > 0 } ?? false
    }

    private static func isHost(_ text: Substring) -> Bool {
        if text.first == "[" { return text.last == "]" && IPv6Address(text.dropFirst().dropLast()) != nil }
        var octets = text.utf8[...]
        guard !octets.isEmpty else { return false }
        while let octet = octets.popFirst() {
            switch octet {
            case UInt8(ascii: "%"):
                guard octets.prefix(2).count == 2, octets.prefix(2).allSatisfy(isHexadecimal) else {
                    return false
                }
                octets = octets.dropFirst(2)
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                continue
            default:
                guard marks.contains(octet) else { return false }
            }
        }
        return true
    }

    private static func isHexadecimal(_ octet: UInt8) -> Bool {
        Character(Unicode.Scalar(octet)).isHexDigit
    }

    /// The characters besides letters and digits that a name may contain: “unreserved” and “sub-delims” of RFC 3986 section 2.
    private static let marks = Set("-._~!$&'()*+,;=".utf8)
}
