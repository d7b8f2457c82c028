import Foundation

/// A name that occurs twice in one object of a JSON text. RFC 8259 section 4 leaves open which one counts, and programs differ.
enum RepeatedName {
    /// - Parameter octets: a text that is valid JSON, as `JSONDocument` has checked.
    /// - Returns: the first such name, of any object; `nil` if there is none.
    static func first(in octets: ArraySlice<UInt8>) -> String? {
        /// The names in each open object; empty for an array.
        var open: [Set<String>] = []
        var position = octets.startIndex
        while position < octets.endIndex {
            switch octets[position] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): open.append([])
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = open.popLast()
            case UInt8(ascii: "\""):
                let end = endOfString(octets, from: position)
                let rest = octets[end...].drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
                if rest.first == UInt8(ascii: ":"), let depth = open.indices.last {
                    let written = octets[position..<end]
                    // Escapes are another way to write the same name.
                    let name =
                        (try? JSONDecoder().decode(String.self, from: Data(written)))
                        ?? String(decoding: written, as: UTF8.self)
                    guard open[depth].insert(name).inserted else { return name }
                }
                position = end
                continue
            default: break
            }
            position += 1
        }
        return nil
    }

    /// - Returns: the position after the closing quotation mark.
    private static func endOfString(_ octets: ArraySlice<UInt8>, from start: Int) -> Int {
        var position = start + 1
        while position < octets.endIndex, octets[position] != UInt8(ascii: "\"") {
            position += octets[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(position + 1, octets.endIndex)
    }
}
