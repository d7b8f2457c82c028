/// Lines of `NAME=value` as shells, systemd and containers read them: a credential in the forms `env` and `acme.sh`.
///
/// A line may have leading blanks, `export` before the name, and an end of CR LF. A value may stand in quotes of either kind, and a
/// comment may follow it. Empty lines, comments and variables of other programs are skipped. Everything else is an error: a skipped
/// line could be the one that names the server.
enum CredentialVariables {
    struct LineError: Error, CustomStringConvertible {
        /// The line, counted from 1.
        var line: Int
        var reason: String

        var description: String { "line \(line) \(reason)" }
    }

    private static let known = ["ACMEDNS_BASE_URL", "ACMEDNS_USERNAME", "ACMEDNS_PASSWORD", "ACMEDNS_SUBDOMAIN"]

    /// - Returns: each variable of the text with its value.
    /// - Throws: ``LineError``, also for a variable with two different values: a key must not go to the server of another one.
    static func read(_ text: String) throws(LineError) -> [String: String] {
        var variables: [String: String] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            func wrong(_ reason: String) -> LineError { LineError(line: index + 1, reason: reason) }
            var rest = line.drop(while: \.isWhitespace)
            guard let first = rest.first, first != "#", first != ";" else { continue }
            if rest.hasPrefix("export"), let blank = rest.dropFirst("export".count).first, blank.isWhitespace {
                rest = rest.dropFirst("export".count).drop(while: \.isWhitespace)
            }
            // The line itself is not repeated: it may be a key.
            guard let assignment = rest.prefixMatch(of: /([A-Za-z_][A-Za-z0-9_]*)=/) else {
                throw wrong("is neither NAME=value nor the beginning of JSON")
            }
            let name = String(assignment.1)
            guard name.hasPrefix("ACMEDNS_") else { continue }
            guard known.contains(name) else {
                throw wrong("sets \(name), which is not one of \(known.joined(separator: ", "))")
            }
            let new: String
            do {
                new = try value(rest[assignment.range.upperBound...])
            } catch {
                throw wrong("gives \(name) a value that \(error.reason)")
            }
            guard variables[name].map({ $0 == new || $0.isEmpty }) ?? true else {
                throw wrong("gives \(name) a value other than that of an earlier line: remove one of them")
            }
            variables[name] = new
        }
        return variables
    }

    private struct ValueError: Error {
        var reason: String
    }

    /// Parses one word of a shell, which only a comment may follow.
    private static func value(_ text: Substring) throws(ValueError) -> String {
        var value = ""
        var quote: Character?
        var rest = text
        while let character = rest.popFirst() {
            switch (character, quote) {
            case ("'", nil), ("\"", nil): quote = character
            case ("'", "'"), ("\"", "\""): quote = nil
            case (_, "'"): value.append(character)
            case ("\\", _):
                guard let next = rest.popFirst() else { throw ValueError(reason: "goes on in the next line: write it on one") }
                if quote != nil, !"\"\\$`".contains(next) { value.append("\\") }
                value.append(next)
            case ("$", _), ("`", _): throw ValueError(reason: "a shell would have to expand: write the value itself")
            case (_, nil) where character.isWhitespace || character == ";":
                let end = rest.drop(while: \.isWhitespace)
                guard end.isEmpty || end.hasPrefix("#") else {
                    throw ValueError(reason: "has something after it: write one variable per line")
                }
                return value
            default: value.append(character)
            }
        }
        guard quote == nil else { throw ValueError(reason: "has a quote that is not closed") }
        return value
    }
}
