/// Foreign text on a terminal: names and labels from clients must not move its cursor, colour it or turn its words around.
enum TerminalText {
    /// The text with control characters as `\u{1B}`. Line feeds stay.
    static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.map { scalar in
            isControl(scalar) ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : String(scalar)
        }.joined()
    }

    /// A JSON text with control characters in the escapes of JSON.
    static func escaped(json text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.map { scalar in
            guard isControl(scalar) else { return String(scalar) }
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }

    /// Characters that change the direction of text count, too (Unicode Standard Annex 9).
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar != "\n"
            && (scalar.properties.generalCategory == .control || 0x202A...0x202E ~= scalar.value
                || 0x2066...0x2069 ~= scalar.value)
    }
}
