/// Types by their mnemonics, as in the registry and BIND 9.18.
extension RecordType {
    static let md = RecordType(rawValue: 3)
    static let mf = RecordType(rawValue: 4)
    static let mb = RecordType(rawValue: 7)
    static let mg = RecordType(rawValue: 8)
    static let mr = RecordType(rawValue: 9)
    static let null = RecordType(rawValue: 10)
    static let wks = RecordType(rawValue: 11)
    static let minfo = RecordType(rawValue: 14)
    static let rp = RecordType(rawValue: 17)
    static let afsdb = RecordType(rawValue: 18)
    static let x25 = RecordType(rawValue: 19)
    static let isdn = RecordType(rawValue: 20)
    static let rt = RecordType(rawValue: 21)
    static let nsap = RecordType(rawValue: 22)
    static let nsapPTR = RecordType(rawValue: 23)
    static let sig = RecordType(rawValue: 24)
    static let key = RecordType(rawValue: 25)
    static let px = RecordType(rawValue: 26)
    static let gpos = RecordType(rawValue: 27)
    static let loc = RecordType(rawValue: 29)
    static let nxt = RecordType(rawValue: 30)
    static let eid = RecordType(rawValue: 31)
    static let nimloc = RecordType(rawValue: 32)
    static let atma = RecordType(rawValue: 34)
    static let naptr = RecordType(rawValue: 35)
    static let kx = RecordType(rawValue: 36)
    static let cert = RecordType(rawValue: 37)
    static let a6 = RecordType(rawValue: 38)
    static let sink = RecordType(rawValue: 40)
    static let apl = RecordType(rawValue: 42)
    static let sshfp = RecordType(rawValue: 44)
    static let ipseckey = RecordType(rawValue: 45)
    static let dhcid = RecordType(rawValue: 49)
    static let tlsa = RecordType(rawValue: 52)
    static let smimea = RecordType(rawValue: 53)
    static let hip = RecordType(rawValue: 55)
    static let ninfo = RecordType(rawValue: 56)
    static let rkey = RecordType(rawValue: 57)
    static let talink = RecordType(rawValue: 58)
    static let openpgpkey = RecordType(rawValue: 61)
    static let csync = RecordType(rawValue: 62)
    package static let zonemd = RecordType(rawValue: 63)
    static let svcb = RecordType(rawValue: 64)
    static let https = RecordType(rawValue: 65)
    static let dsync = RecordType(rawValue: 66)
    static let hhit = RecordType(rawValue: 67)
    static let brid = RecordType(rawValue: 68)
    static let spf = RecordType(rawValue: 99)
    static let nid = RecordType(rawValue: 104)
    static let l32 = RecordType(rawValue: 105)
    static let l64 = RecordType(rawValue: 106)
    static let lp = RecordType(rawValue: 107)
    static let eui48 = RecordType(rawValue: 108)
    static let eui64 = RecordType(rawValue: 109)
    static let uri = RecordType(rawValue: 256)
    static let avc = RecordType(rawValue: 258)
    static let doa = RecordType(rawValue: 259)
    static let amtrelay = RecordType(rawValue: 260)
    static let resinfo = RecordType(rawValue: 261)
    static let wallet = RecordType(rawValue: 262)
    static let ta = RecordType(rawValue: 32768)
    static let dlv = RecordType(rawValue: 32769)

    private static let mnemonics: [String: RecordType] = [
        "A": .a, "NS": .ns, "MD": .md, "MF": .mf, "CNAME": .cname, "SOA": .soa, "MB": .mb, "MG": .mg, "MR": .mr, "NULL": .null,
        "WKS": .wks, "PTR": .ptr, "HINFO": .hinfo, "MINFO": .minfo, "MX": .mx, "TXT": .txt, "RP": .rp, "AFSDB": .afsdb,
        "X25": .x25, "ISDN": .isdn, "RT": .rt, "NSAP": .nsap, "NSAP-PTR": .nsapPTR, "SIG": .sig, "KEY": .key, "PX": .px,
        "GPOS": .gpos, "AAAA": .aaaa, "LOC": .loc, "NXT": .nxt, "EID": .eid, "NIMLOC": .nimloc, "SRV": .srv, "ATMA": .atma,
        "NAPTR": .naptr, "KX": .kx, "CERT": .cert, "A6": .a6, "DNAME": .dname, "SINK": .sink, "OPT": .opt, "APL": .apl,
        "DS": .ds, "SSHFP": .sshfp, "IPSECKEY": .ipseckey, "RRSIG": .rrsig, "NSEC": .nsec, "DNSKEY": .dnskey, "DHCID": .dhcid,
        "NSEC3": .nsec3, "NSEC3PARAM": .nsec3param, "TLSA": .tlsa, "SMIMEA": .smimea, "HIP": .hip, "NINFO": .ninfo,
        "RKEY": .rkey, "TALINK": .talink, "CDS": .cds, "CDNSKEY": .cdnskey, "OPENPGPKEY": .openpgpkey, "CSYNC": .csync,
        "ZONEMD": .zonemd, "SVCB": .svcb, "HTTPS": .https, "DSYNC": .dsync, "HHIT": .hhit, "BRID": .brid, "SPF": .spf,
        "UINFO": RecordType(rawValue: 100),
        "UID": RecordType(rawValue: 101), "GID": RecordType(rawValue: 102), "UNSPEC": RecordType(rawValue: 103), "NID": .nid,
        "L32": .l32, "L64": .l64, "LP": .lp, "EUI48": .eui48, "EUI64": .eui64, "NXNAME": .nxname,
        "TKEY": RecordType(rawValue: 249), "TSIG": .tsig, "IXFR": .ixfr, "AXFR": .axfr, "MAILB": RecordType(rawValue: 253),
        "MAILA": RecordType(rawValue: 254), "ANY": .any, "URI": .uri, "CAA": .caa, "AVC": .avc, "DOA": .doa,
        "AMTRELAY": .amtrelay, "RESINFO": .resinfo, "WALLET": .wallet, "TA": .ta, "DLV": .dlv,
    ]

    private static let mnemonicByType = Dictionary(uniqueKeysWithValues: mnemonics.map { ($1, $0) })
}

extension RecordType: CustomStringConvertible {
    /// The mnemonic, or `TYPE` and the number (RFC 3597 section 5).
    package var description: String {
        Self.mnemonicByType[self] ?? "TYPE\(rawValue)"
    }

    /// Reads a mnemonic or `TYPE` and a number, in any case.
    package init?(_ text: some StringProtocol) {
        let text = text.uppercased()
        if let known = Self.mnemonics[text] {
            self = known
        } else if text.hasPrefix("TYPE"), let number = UInt16(text.dropFirst(4)) {
            self.init(rawValue: number)
        } else {
            return nil
        }
    }
}
