extension RecordForm {
    /// The form of a type's data; `nil` if there is only the generic one (RFC 3597 section 5).
    static func of(_ type: RecordType) -> RecordForm? { forms[type] }

    private static let forms: [RecordType: RecordForm] = [
        // RFC 1035
        .a: RecordForm(.ipv4Address),
        .ns: .older(.name),
        .md: .older(.name),
        .mf: .older(.name),
        .cname: .older(.name),
        .soa: .older(
            .name("primary"), .name("mailbox"), .uint32("serial"), .seconds("refresh"), .seconds("retry"), .seconds("expire"),
            .seconds("minimum")),
        .mb: .older(.name),
        .mg: .older(.name),
        .mr: .older(.name),
        .wks: RecordForm(.ipv4Address, .portsOfProtocol),
        .ptr: .older(.name),
        .hinfo: RecordForm(.string("machine"), .string("system")),
        .minfo: .older(.name("mailbox"), .name("mailbox for errors")),
        .mx: .older(.uint16("preference"), .name),
        .txt: RecordForm(.strings),

        // RFC 1183
        .rp: .older(.name("mailbox"), .name("name of a text")),
        .afsdb: .older(.uint16("subtype"), .name),
        .x25: RecordForm(.digits),
        .isdn: RecordForm(.string("address"), .optionalString("subaddress")),
        .rt: .older(.uint16("preference"), .name),

        // Addresses and places
        .nsap: RecordForm(.nsapAddress),
        .nsapPTR: RecordForm(.name),
        .px: .older(.uint16("preference"), .name("first name"), .name("second name")),
        .gpos: RecordForm(.string("longitude"), .string("latitude"), .string("altitude")),
        .aaaa: RecordForm(.ipv6Address),
        // Versions other than 0 have no words.
        .loc: RecordForm(.location).orNoWords { ($0.first ?? 0) != 0 },
        .eid: RecordForm(.hexadecimal),
        .nimloc: RecordForm(.hexadecimal),
        .atma: RecordForm(.atmAddress).orNoWords { $0.count > 1 && $0[0] > 1 },
        .a6: .older(.chainedAddress),
        // Families other than IPv4 and IPv6 have no words.
        .apl: RecordForm(.addressPrefixes).orNoWords(DataField.hasOtherFamilies),
        .nid: RecordForm(.uint16("preference"), .locator("node identifier")),
        .l32: RecordForm(.uint16("preference"), .ipv4Address),
        .l64: RecordForm(.uint16("preference"), .locator("locator")),
        .lp: RecordForm(.uint16("preference"), .name),
        .eui48: RecordForm(.hyphenated(octets: 6)),
        .eui64: RecordForm(.hyphenated(octets: 8)),

        // Services
        .srv: .older(.uint16("priority"), .uint16("weight"), .uint16("port"), .name),
        .naptr: .older(
            .uint16("order"), .uint16("preference"), .string("flags"), .string("services"), .substitution, .name),
        .kx: .older(.uint16("preference"), .name),
        .dname: .older(.name),
        .svcb: RecordForm(.uint16("priority"), .name, .serviceParameters),
        .https: RecordForm(.uint16("priority"), .name, .serviceParameters),
        .dsync: RecordForm(.type("type"), .named("scheme", ["NOTIFY": 1] as [String: UInt8]), .uint16("port"), .name),
        .uri: RecordForm(.uint16("priority"), .uint16("weight"), .quotedText("target")),
        // Kinds of relay above 3 have no words.
        .amtrelay: RecordForm(.uint8("precedence"), .relay).orNoWords { $0.count > 1 && $0[1] & 0x7F > 3 },

        // Texts
        .ninfo: RecordForm(.strings),
        .spf: RecordForm(.strings),
        .avc: RecordForm(.strings),
        .resinfo: RecordForm(.strings),
        .wallet: RecordForm(.strings),
        .caa: RecordForm(.uint8("flags"), .tag, .text("value")),
        .doa: RecordForm(
            .uint32("enterprise"), .uint32("type"), .uint8("location"), .string("media type"), .base64OrHyphen("data")),
        .sink: RecordForm(.uint8("meaning"), .uint8("coding"), .uint8("subcoding"), .optionalBase64("data")),
        .talink: RecordForm(.name("previous name"), .name("next name")),

        // Keys and certificates
        .key: RecordForm(.oldKey),
        .cert: RecordForm(.named("type", certificateTypes), .uint16("key tag"), .algorithm, .base64("certificate")),
        .sshfp: RecordForm(.uint8("algorithm"), .digest("fingerprint type", lengths: [1: 20, 2: 32])),
        .ipseckey: RecordForm(.uint8("precedence"), .gatewayAndKey),
        .dhcid: RecordForm(.base64("identifier")),
        .tlsa: RecordForm(.uint8("usage"), .uint8("selector"), .uint8("matching type"), .hexadecimal),
        .smimea: RecordForm(.uint8("usage"), .uint8("selector"), .uint8("matching type"), .hexadecimal),
        .hip: RecordForm(.hostIdentity),
        .hhit: RecordForm(.base64("identity")),
        .brid: RecordForm(.base64("identity")),
        .rkey: RecordForm(.zero("flags"), .keyProtocol, .algorithm, .base64("public key")),
        .openpgpkey: RecordForm(.base64("public key")),

        // DNSSEC
        .sig: signature,
        .nxt: .older(.name("next name"), .oldTypes),
        .ds: delegationSigner,
        .rrsig: signature,
        .nsec: RecordForm(.name("next name"), .types(mayBeEmpty: false)),
        .dnskey: publicKey,
        .nsec3: RecordForm(
            .uint8("hash algorithm"), .uint8("flags"), .uint16("iterations"), .salt, .hashedName, .types(mayBeEmpty: true)),
        .nsec3param: RecordForm(.uint8("hash algorithm"), .uint8("flags"), .uint16("iterations"), .salt),
        .cds: delegationSigner,
        .cdnskey: publicKey,
        .csync: RecordForm(.uint32("serial"), .uint16("flags"), .types(mayBeEmpty: true)),
        .zonemd: RecordForm(
            .uint32("serial"), .uint8("scheme"), .digest("hash algorithm", lengths: [1: 48, 2: 64], minimum: 12)),
        .ta: delegationSigner,
        .dlv: delegationSigner,
    ]

    /// RFC 4034 section 5. The digest of a CDS that requests no DS is one zero octet (RFC 8078 section 4).
    private static let delegationSigner = RecordForm(
        .uint16("key tag"), .algorithm,
        .digest("digest type", lengths: [1: 20, 2: 32, 4: 48], names: digestTypes))

    /// The names in the registry of digest algorithms that BIND knows.
    private static let digestTypes: [String: UInt8] = [
        "SHA-1": 1, "SHA1": 1, "SHA-256": 2, "SHA256": 2, "GOST": 3, "SHA-384": 4, "SHA384": 4,
    ]

    /// RFC 4034 section 2.
    private static let publicKey = RecordForm(.keyFlags, .keyProtocol, .algorithm, .base64("public key"))

    /// RFC 4034 section 3.
    private static let signature = RecordForm.older(
        .type("type covered"), .algorithm, .uint8("labels"), .seconds("original TTL"), .moment("expiration"),
        .moment("inception"), .uint16("key tag"), .name("signer"), .base64("signature"))

    /// RFC 4398 section 2.1.
    private static let certificateTypes: [String: UInt16] = [
        "PKIX": 1, "SPKI": 2, "PGP": 3, "IPKIX": 4, "ISPKI": 5, "IPGP": 6, "ACPKIX": 7, "IACPKIX": 8, "URI": 253, "OID": 254,
    ]
}
