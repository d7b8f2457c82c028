import FoundationEssentials

/// A value of an authority's answer.
///
/// Authorities differ in what they leave out, add, or write with another type. What is read by a member's name is `nil` if the member is
/// absent or of another type, and unknown members are ignored (RFC 8555 section 7.1).
enum JSONValue: Hashable, Sendable, Decodable {
    case text(String)
    case number(Double)
    case truth(Bool)
    case list([JSONValue])
    case object([String: JSONValue])
    case null

    /// - Returns: `nil` if the octets are no JSON. Foundation refuses more than 512 levels.
    init?(_ octets: [UInt8]) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(octets)) else { return nil }
        self = value
    }

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let truth = try? value.decode(Bool.self) {
            self = .truth(truth)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSONValue].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    subscript(_ member: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[member]
    }

    func text(_ member: String) -> String? { self[member]?.asText }

    func truth(_ member: String) -> Bool? {
        guard case .truth(let truth) = self[member] else { return nil }
        return truth
    }

    func number(_ member: String) -> Double? {
        guard case .number(let number) = self[member] else { return nil }
        return number
    }

    /// The items of a list; empty if there is none.
    func list(_ member: String) -> [JSONValue] {
        guard case .list(let list) = self[member] else { return [] }
        return list
    }

    var asText: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    var isObject: Bool {
        guard case .object = self else { return false }
        return true
    }
}
