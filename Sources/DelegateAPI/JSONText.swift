/// JSON written by hand, where clients depend on the order of fields and the blanks between them; encoders promise neither.
enum JSONText {
    /// A string literal (RFC 8259 section 7). Slashes are not escaped: shell scripts take values as they stand.
    static func string(_ text: String) -> String {
        var literal: [UInt8] = [UInt8(ascii: "\"")]
        literal.reserveCapacity(text.utf8.count + 2)
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                literal.append(UInt8(ascii: "\\"))
                literal.append(octet)
            case 0x00...0x1F, 0x7F: literal += "\\u00\(octet < 16 ? "0" : "")\(String(octet, radix: 16))".utf8
            default: literal.append(octet)
            }
        }
        literal.append(UInt8(ascii: "\""))
        return String(decoding: literal, as: UTF8.self)
    }
}
