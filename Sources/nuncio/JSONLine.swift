import Foundation

/// A JSON object as the API writes it.
enum JSONLine {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return TerminalText.escaped(json: String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
