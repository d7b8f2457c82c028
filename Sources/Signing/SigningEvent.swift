package import DNS
package import DNSSEC

/// What happens to keys and signatures. The server logs it.
package enum SigningEvent: Hashable, Sendable {
    /// A zone begins with keys that it was given. The DS record is the one for its parent.
    case keysAdopted(apex: DomainName, tags: [UInt16], ds: RecordData)
    /// A zone begins with keys that were made for it.
    case keysMade(apex: DomainName, tags: [UInt16], ds: RecordData)
    /// The keys of a zone that another server began with.
    case keysTaken(Keys)
    /// The files that the key folder had of a zone have other names now: the storage that servers share has its keys.
    case filesRetired(apex: DomainName, names: [String])
    /// Those files have stayed.
    case filesNotRetired(apex: DomainName, KeyFolder.Failure)
    /// The settings let signing go on that was to end or had ended.
    case signingResumed(Keys)
    /// The settings let signing end.
    case signingEnds(Keys)
    /// The stage of a zone's keys is another one.
    case stageChanged(Keys)
    /// A change of a zone's keys could not be stored. It is tried again, and reported again only if the failure differs.
    case keysNotStored(apex: DomainName, KeyFolder.Failure)
    /// The system's clock was set by a number of seconds.
    case clockSet(seconds: Int64)
    /// Records of zones got new signatures.
    case zonesSigned
    /// Delegates got new signatures.
    case delegatesSigned(rrsetCount: Int)
    /// Resolvers say something else of a zone's parent than before.
    case parentChanged(apex: DomainName, ParentState)

    /// The keys of a zone.
    package struct Keys: Hashable, Sendable {
        package var apex: DomainName
        package var stage: ZoneKeys.Stage
        package var tags: [UInt16]

        package init(apex: DomainName, stage: ZoneKeys.Stage, tags: [UInt16]) {
            self.apex = apex
            self.stage = stage
            self.tags = tags
        }
    }
}

extension SigningEvent.Keys {
    init(_ zone: SignedZone) {
        self.init(apex: zone.apex, stage: zone.keys.stage, tags: zone.keys.keys.map(\.tag))
    }
}
