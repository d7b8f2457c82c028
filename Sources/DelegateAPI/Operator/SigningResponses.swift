/// The response to `GET dnssec`.
package struct SigningResponse: Codable, Hashable, Sendable {
    package var zones: [ZoneSigningDescription]

    package init(zones: [ZoneSigningDescription]) {
        self.zones = zones
    }
}

/// How a zone is signed, and what its parent has.
package struct ZoneSigningDescription: Codable, Hashable, Sendable {
    package var zone: String
    package var signed: Bool
    /// The zone's stage as one word; `steady` while nothing changes.
    package var stage: String
    /// The stage in a sentence.
    package var state: String
    /// What the stage waits for, in a sentence; `nil` if it waits for nothing.
    package var waitsFor: String?
    /// When the wait ends; `nil` if it does not depend on time.
    package var until: String?
    package var keys: [SigningKeyDescription]
    /// The DS records that the parent zone should have, in presentation form.
    package var ds: [String]
    /// The records that the zones of name servers elsewhere should have, in presentation form (RFC 9615).
    package var signals: [String]
    /// `matches`, `none`, `unusable`, `wrong` or `unknown`.
    package var parent: String
    /// When resolvers last told what the parent has, or, while that is not known, when they were last asked.
    package var parentAsked: String?
    /// Why the last answers told nothing, or how the resolvers disagree.
    package var parentTrouble: String?
    /// When the first of the signatures that are made ahead expires.
    package var expires: String?
    /// Why a due change of keys failed.
    package var trouble: String?

    package init(
        zone: String, signed: Bool, stage: String, state: String, waitsFor: String?, until: String?,
        keys: [SigningKeyDescription], ds: [String], signals: [String], parent: String, parentAsked: String?,
        parentTrouble: String?, expires: String?, trouble: String?
    ) {
        self.zone = zone
        self.signed = signed
        self.stage = stage
        self.state = state
        self.waitsFor = waitsFor
        self.until = until
        self.keys = keys
        self.ds = ds
        self.signals = signals
        self.parent = parent
        self.parentAsked = parentAsked
        self.parentTrouble = parentTrouble
        self.expires = expires
        self.trouble = trouble
    }
}

package struct SigningKeyDescription: Codable, Hashable, Sendable {
    package var tag: UInt16
    package var algorithm: String
    /// `csk`, `ksk` or `zsk`.
    package var role: String
    /// Whether the zone contains its DNSKEY record.
    package var published: Bool
    /// Whether it signs the zone's keys.
    package var signsKeys: Bool
    /// Whether it signs everything else.
    package var signsData: Bool
    /// Whether the parent zone should have its DS.
    package var parentShouldHave: Bool
    /// Whether the parent zone has its DS; `nil` if that is not known.
    package var parentHas: Bool?
    /// Whether the server found the key in the key folder, or among its credentials, instead of making it.
    package var adopted: Bool

    package init(
        tag: UInt16, algorithm: String, role: String, published: Bool, signsKeys: Bool, signsData: Bool,
        parentShouldHave: Bool, parentHas: Bool?, adopted: Bool = false
    ) {
        self.tag = tag
        self.algorithm = algorithm
        self.role = role
        self.published = published
        self.signsKeys = signsKeys
        self.signsData = signsData
        self.parentShouldHave = parentShouldHave
        self.parentHas = parentHas
        self.adopted = adopted
    }
}

/// The body of `POST dnssec/{zone}/rollover`.
package struct RolloverRequest: Codable, JSONRequest, Hashable, Sendable {
    /// The role of the key to replace: `csk`, `ksk` or `zsk`; `nil` for the key whose DS the parent has.
    package var key: String?
    /// The algorithm of new keys that replace all existing ones; `nil` to replace one key.
    package var algorithm: String?

    package init(key: String?, algorithm: String?) {
        self.key = key
        self.algorithm = algorithm
    }

    private enum CodingKeys: String, CodingKey, CaseIterable { case key, algorithm }

    package static let fieldNames = names(of: CodingKeys.self)

    package init(from decoder: any Decoder) throws {
        try decoder.refuseFields(beside: CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        key = try container.decodeIfPresent(String.self, forKey: .key)
        algorithm = try container.decodeIfPresent(String.self, forKey: .algorithm)
    }
}
