/// A link of an answer's `Link` fields (RFC 8288 section 3).
struct Link: Hashable, Sendable {
    var target: String
    /// The relation types, in lower case.
    var relations: Set<String>

    /// The number of links that are read.
    static let maximumCount = 20

    /// The links of all fields, each of which can hold several. What cannot be read ends the reading of its field.
    static func links(in fields: [String]) -> [Link] {
        Array(fields.lazy.flatMap { links(in: $0) }.prefix(maximumCount))
    }

    private static func links(in field: String) -> [Link] {
        var links: [Link] = []
        var rest = field[...]
        while links.count < maximumCount {
            rest = rest.drop { " \t,".contains($0) }
            guard rest.first == "<", let end = rest.firstIndex(of: ">") else { break }
            var link = Link(target: String(rest[rest.index(after: rest.startIndex)..<end]), relations: [])
            rest = rest[rest.index(after: end)...]
            while let parameter = takeParameter(&rest) {
                // Only the first `rel` counts (RFC 8288 section 3.3).
                guard parameter.name == "rel", link.relations.isEmpty else { continue }
                link.relations = Set(parameter.value.lowercased().split(separator: " ").map(String.init))
            }
            links.append(link)
        }
        return links
    }

    private static func takeParameter(_ rest: inout Substring) -> (name: String, value: String)? {
        rest = rest.drop { " \t".contains($0) }
        guard rest.first == ";" else { return nil }
        rest = rest.dropFirst().drop { " \t".contains($0) }
        let name = rest.prefix { !" \t=;,".contains($0) }
        rest = rest.dropFirst(name.count).drop { " \t".contains($0) }
        guard rest.first == "=" else { return (name.lowercased(), "") }
        rest = rest.dropFirst().drop { " \t".contains($0) }
        guard rest.first == "\"" else {
            let value = rest.prefix { !" \t;,".contains($0) }
            rest = rest.dropFirst(value.count)
            return (name.lowercased(), String(value))
        }
        rest = rest.dropFirst()
        var value = ""
        while let character = rest.popFirst(), character != "\"" {
            guard character == "\\" else {
                value.append(character)
                continue
            }
            if let escaped = rest.popFirst() { value.append(escaped) }
        }
        return (name.lowercased(), value)
    }
}
