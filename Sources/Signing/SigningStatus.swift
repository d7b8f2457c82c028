package import DNS
package import DNSSEC
package import Delegates

/// How a zone is signed, what its keys wait for, and what its parent has. All times are those of the system's clock.
package struct SigningStatus: Hashable, Sendable {
    package var apex: DomainName
    /// The stage of the zone's keys; `nil` if the zone never had keys.
    package var stage: ZoneKeys.Stage?
    package var keys: [Key] = []
    /// The DS records that the parent zone should have.
    package var requestedDS: [RecordData] = []
    /// The records that the zones of name servers elsewhere should have (RFC 9615).
    package var signals: [ResourceRecord] = []

    package var waiting = ZoneKeys.Waiting.nothing
    /// When the wait ends; `nil` if it does not depend on time.
    package var waitEnd: Timestamp?
    /// Whether everything has been signed since the keys changed. Before that, no time of a stage passes.
    package var isResigned = true

    package var parent = ParentState.unknown
    /// What the parent has instead of what the stage waits for; `nil` if nothing is known to contradict it.
    package var contradiction: ParentContradiction?
    /// When resolvers last told what the parent has or, while that is not known, when they were last asked.
    package var parentAsked: Timestamp?
    /// Why the last answers told nothing, or how the resolvers disagree, in words.
    package var parentTrouble: String?

    /// When the first of the signatures that are made ahead expires; `nil` if there are none.
    package var expiration: Timestamp?
    /// Why a due change of keys could not be stored.
    package var trouble: KeyFolder.Failure?

    package var isSigned: Bool { stage.map { $0 != .unsigned } ?? false }

    /// One of the zone's keys, and its use in this stage.
    package struct Key: Hashable, Sendable {
        package var tag: UInt16
        package var algorithm: SigningAlgorithm
        package var role: ZoneKeys.Role
        /// Whether the key is to replace another one.
        package var isIncoming: Bool
        /// Whether the key was found, not made by this server.
        package var isAdopted: Bool
        /// Whether the zone contains its DNSKEY record.
        package var isPublished: Bool
        package var signsKeys: Bool
        package var signsData: Bool
        package var parentShouldHave: Bool
        /// Whether the parent zone has its DS; `nil` if that is not known.
        package var parentHas: Bool?
    }
}
