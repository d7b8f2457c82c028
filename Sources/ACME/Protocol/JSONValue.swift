import Foundation

/// A value of an authority's answer.
///
/// Authorities differ in what they leave out, add, or write with another type. What is read by a member's name is `nil` if the member is
/// absent or of another type, and unknown members are ignored (RFC 8555 section 7.1).
enum JSONValue: Hashable, Sendable {
    case text(String)
    /// A number counts as well: it is true unless it is zero.
    case truth(Bool)
    case list([JSONValue])
    case object([String: JSONValue])
    case null

    /// The depth of nested arrays and objects; authorities need five. Foundation’s values cost their depth each: at this one, 64 KiB take
    /// a second of a slow processor at worst.
    static let maximumDepth = 16

    /// - Returns: `nil` if the octets are no JSON, or too deep.
    ///
    /// `JSONDecoder` would make an error for each type that a value is not of: 2 s of a processor for 64 KiB of `{}`.
    init?(_ octets: [UInt8]) {
        // Foundation reads UTF-16 and UTF-32 as well, which JSON is not (RFC 8259 section 8.1), and which have zeros.
        guard !octets.contains(0), Self.depth(of: octets) <= Self.maximumDepth,
            let value = try? JSONSerialization.jsonObject(with: Data(octets), options: .fragmentsAllowed)
        else { return nil }
        self.init(foundation: value)
    }

    private static func depth(of octets: [UInt8]) -> Int {
        var (depth, deepest) = (0, 0)
        var (isText, isEscaped) = (false, false)
        for octet in octets {
            if isEscaped {
                isEscaped = false
                continue
            }
            switch octet {
            case UInt8(ascii: "\\"): isEscaped = isText
            case UInt8(ascii: "\""): isText.toggle()
            case UInt8(ascii: "["), UInt8(ascii: "{"): if !isText { depth += 1 }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): if !isText { depth -= 1 }
            default: break
            }
            deepest = max(deepest, depth)
        }
        return deepest
    }

    private init(foundation value: Any) {
        switch value {
        case let text as String: self = .text(text)
        case let truth as Bool: self = .truth(truth)
        case let number as NSNumber: self = .truth(number.boolValue)
        case let list as [Any]: self = .list(list.map(JSONValue.init(foundation:)))
        case let members as [String: Any]: self = .object(members.mapValues(JSONValue.init(foundation:)))
        default: self = .null
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
