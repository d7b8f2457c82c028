import DNS

/// The records that say that a zone sends and receives no mail: a null MX (RFC 7505), SPF that allows no sender (RFC 7208) and DMARC that
/// asks for rejection (RFC 7489). A record that the operator configured in place of one of them stays.
enum MailRecords {
    private static let ttl: UInt32 = 3600

    static func add(to nodes: inout ZoneNodes) {
        let apex = nodes.apex
        if nodes[apex, .mx] == nil {
            let nullMX = RecordData.mx(preference: 0, exchange: .root)
            nodes[apex, .mx] = RRset(owner: apex, type: .mx, ttl: ttl, data: [nullMX])
        }

        var texts = nodes[apex, .txt] ?? RRset(owner: apex, type: .txt, ttl: ttl, data: [])
        if !texts.data.contains(where: { $0.octets.dropFirst().starts(with: "v=spf1".utf8) }) {
            texts.data.append(.txt("v=spf1 -all".utf8))
            nodes[apex, .txt] = texts
        }

        if let owner = apex.prepending(label: "_dmarc".utf8), nodes.nodes[owner] == nil {
            let policy = RecordData.txt("v=DMARC1; p=reject; sp=reject".utf8)
            nodes[owner, .txt] = RRset(owner: owner, type: .txt, ttl: ttl, data: [policy])
        }
    }
}
