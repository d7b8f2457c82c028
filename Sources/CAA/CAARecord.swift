package import DNS

/// A CAA record's data (RFC 8659 section 4.1).
package struct CAARecord: Hashable, Sendable {
    package let data: RecordData
    package let flags: UInt8
    /// The tag as it is written.
    package let tag: String

    /// - Returns: `nil` if the data are of another type, or the octets are no CAA data.
    package init?(_ data: RecordData) {
        let octets = data.octets
        guard data.type == .caa, octets.count >= 2, octets[1] > 0, octets.count >= 2 + Int(octets[1]) else { return nil }
        self.data = data
        flags = octets[0]
        tag = String(decoding: octets[2..<2 + Int(octets[1])], as: UTF8.self)
    }

    /// - Precondition: the tag has at most 255 octets, and the value at most 60,000.
    package init(flags: UInt8 = 0, tag: String, value: String) {
        data = .caa(flags: flags, tag: tag, value: value)
        self.flags = flags
        self.tag = tag
    }

    /// Reads the presentation form of the data, `FLAGS TAG VALUE`, or a whole record with its owner, TTL and class.
    ///
    /// - Throws: ``PresentationError`` that names the invalid field.
    package init(presentation text: String) throws(PresentationError) {
        let data: RecordData
        do throws(PresentationError) {
            data = try ResourceRecord(". IN CAA \(text)").data
        } catch {
            // A whole record, perhaps: its first word is a name.
            guard let record = try? ResourceRecord(text), record.data.type == .caa else { throw error }
            data = record.data
        }
        guard let record = CAARecord(data) else { throw PresentationError("“\(text)” has no CAA data") }
        self = record
    }

    package var value: [UInt8] { Array(data.octets[(2 + Int(data.octets[1]))...]) }

    /// The tag in lower case: its case does not matter (RFC 8659 section 4.1).
    package var property: String { tag.lowercased() }

    /// Whether an authority that does not know the tag must not issue. Let's Encrypt takes bit 1 for the critical flag as well as bit 128,
    /// since early programs set it.
    package var isCritical: Bool { flags & 0b1000_0001 != 0 }

    /// Whether bit 128 is set, the only critical flag of RFC 8659 section 4.1.
    package var isCriticalByRFC: Bool { flags & 0b1000_0000 != 0 }

    /// Properties that Let's Encrypt knows and that are never in the way, even if they are critical.
    static let harmlessProperties: Set<String> = ["iodef", "issuemail", "issuevmc"]
    /// Those that Let's Encrypt knows at all.
    static let understoodProperties = harmlessProperties.union(["issue", "issuewild"])
}

extension CAARecord: CustomStringConvertible {
    /// The data in presentation form, as in `0 issue "letsencrypt.org"`.
    package var description: String { data.description }
}
