import Foundation

/// The path of a target. A character and its percent-encoding are the same in every part of it (RFC 3986 section 2.3, RFC 9110
/// section 4.2.3), but an encoded slash does not divide parts.
enum RequestPath {
    /// A target whose path encodes no character that need not be encoded. The fixed parts of all routes consist of such characters,
    /// so that the router needs no decoding; ``ClientContext/parameter(_:)`` decodes the rest.
    ///
    /// - Parameter target: the target in origin form.
    /// - Returns: the target unchanged if its path has a “%” without two digits after it: no route has one.
    static func normalized(_ target: String) -> String {
        let path = target.prefix { $0 != "?" }
        guard path.contains("%") else { return target }
        var octets = path.utf8[...]
        var normalized: [UInt8] = []
        while let octet = octets.popFirst() {
            guard octet == UInt8(ascii: "%") else {
                normalized.append(octet)
                continue
            }
            let digits = octets.prefix(2)
            let values = digits.compactMap(LineOctets.hexadecimalValue)
            guard values.count == 2 else { return target }
            let encoded = values[0] << 4 | values[1]
            normalized += isUnreserved(encoded) ? [encoded] : [octet] + digits
            octets = octets.dropFirst(2)
        }
        return String(decoding: normalized, as: UTF8.self) + target[path.endIndex...]
    }

    /// A part of a path, percent-decoded; unchanged if it cannot be decoded, or not to UTF-8.
    static func decoded(_ part: String) -> String { part.removingPercentEncoding ?? part }

    /// RFC 3986 section 2.3.
    private static func isUnreserved(_ octet: UInt8) -> Bool {
        LineOctets.isLetter(octet) || LineOctets.isDigit(octet) || "-._~".utf8.contains(octet)
    }
}
