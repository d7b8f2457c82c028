import DelegateAPI
import Foundation

extension FuzzTarget {
    /// A value that the parser takes must be JSON for the decoder, too, and what stands around it must not matter.
    static func readJSON(_ octets: [UInt8]) {
        if let document = try? JSONDocument(octets) {
            let value = Data(document.octets)
            precondition((try? JSONSerialization.jsonObject(with: value, options: .fragmentsAllowed)) != nil, "it is no value")
            precondition((try? JSONDecoder().decode(AnyJSON.self, from: value)) != nil, "it cannot be decoded")
            let within = try? JSONDocument([0x5B] + octets + [0x5D])
            precondition(within != nil || octets.filter { $0 == 0x5B || $0 == 0x7B }.count >= JSONDocument.maximumDepth)
            precondition((try? JSONDocument([0x20] + octets + [0x0A]))?.octets.elementsEqual(value) ?? false)
        }
        guard let first = try? JSONDocument(octets, ignoringRest: true) else { return }
        precondition(first.octets.endIndex <= octets.count)
        precondition((try? JSONDocument(Array(octets[..<first.octets.endIndex]))) != nil, "the first value is none")
    }

    /// Any JSON, down to the last name; numbers, which may be larger than any type, are left as they are.
    private struct AnyJSON: Decodable {
        init(from decoder: any Decoder) throws {
            if let container = try? decoder.container(keyedBy: AnyCaseKey.self) {
                for name in container.allKeys { _ = try container.decode(AnyJSON.self, forKey: name) }
            } else if var container = try? decoder.unkeyedContainer() {
                while !container.isAtEnd { _ = try container.decode(AnyJSON.self) }
            } else {
                _ = try? decoder.singleValueContainer().decode(String.self)
            }
        }
    }
}
