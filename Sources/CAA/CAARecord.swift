import DNS

/// The data of a CAA record (RFC 8659 section 4.1).
struct CAARecord: Hashable, Sendable {
    var flags: UInt8
    /// In lower case: case does not matter (RFC 8659 section 4.1).
    var tag: String
    var value: [UInt8]

    /// - Returns: `nil` if the octets are no CAA data.
    init?(_ data: RecordData) {
        let octets = data.octets
        guard data.type == .caa, octets.count >= 2, octets.count >= 2 + Int(octets[1]), octets[1] > 0 else { return nil }
        flags = octets[0]
        tag = String(decoding: octets[2..<2 + Int(octets[1])], as: UTF8.self).lowercased()
        value = Array(octets[(2 + Int(octets[1]))...])
    }

    /// Bit 128 is the critical flag. Let's Encrypt takes bit 1 for it as well, which early programs set.
    var isCritical: Bool { flags & 0b1000_0001 != 0 }
}
