/// What `GET dnssec` answers.
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
    /// Where it stands, as one word; `steady` while nothing changes.
    package var stage: String
    /// The same in a sentence.
    package var state: String
    /// What the stage waits for, in a sentence; nothing if for nothing.
    package var waitsFor: String?
    /// When that will be; nothing if that is not for time to say.
    package var until: String?
    package var keys: [SigningKeyDescription]
    /// The DS records that the parent zone should have, in presentation form.
    package var ds: [String]
    /// What the zones of name servers elsewhere should have, in presentation form (RFC 9615).
    package var signals: [String]
    /// `matches`, `none`, `unusable`, `wrong` or `unknown`.
    package var parent: String
    /// When the parent was last asked for.
    package var parentAsked: String?
    /// Why the last answers told nothing, or how resolvers do not agree.
    package var parentTrouble: String?
    /// When the first of the signatures ends that are made ahead.
    package var expires: String?
    /// Why keys could not be changed when they should have been.
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
    /// Whether the zone has its DNSKEY record.
    package var published: Bool
    /// Whether it signs the zone's keys.
    package var signsKeys: Bool
    /// Whether it signs everything else.
    package var signsData: Bool
    /// Whether the parent zone should have its DS.
    package var parentShouldHave: Bool
    /// Whether the parent zone has it; nothing if that is not known.
    package var parentHas: Bool?
    /// Whether the key was found where keys are kept instead of being made by the server.
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

/// What `POST dnssec/{zone}/rollover` takes.
package struct RolloverRequest: Codable, JSONRequest, Hashable, Sendable {
    /// Which key is replaced: `csk`, `ksk` or `zsk`. Nothing for the one of which the parent has the DS.
    package var key: String?
    /// For keys of another algorithm instead of all that there are.
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
