package import Authority
package import DNS
import DNSSEC

/// Whether the parents of zones have the right DS records, as another process than the server sees it: the key folder is only looked at.
/// A zone whose parent is on the same server needs no check.
package struct ParentCheck: Sendable {
    private let zones: Zones
    private let settings: SigningSettings

    package init(zones: Zones, settings: SigningSettings) {
        self.zones = zones
        self.settings = settings
    }

    package struct Finding: Hashable, Sendable {
        package var apex: DomainName
        package var keys: Keys
    }

    /// The keys of a zone.
    package enum Keys: Hashable, Sendable {
        /// There are none yet: the server makes them at its first start.
        case none
        /// They are credentials of the server, which this process does not have.
        case outOfReach
        /// They are in the storage that several servers share, if they are made.
        case shared
        case found(requestedDS: [RecordData], parent: ParentState)
    }

    /// Asks the resolvers about each zone's parent. It takes at most 5 seconds for each zone.
    ///
    /// - Parameter undelegated: the zones that no resolver is asked about. The state of their parents is unknown.
    /// - Returns: the findings in the order of the zones; none if zones are not signed.
    /// - Throws: the reason why keys cannot be read.
    package func findings(notAsking undelegated: Set<DomainName> = []) async throws(KeyFolder.Failure) -> [Finding] {
        guard settings.isOn else { return [] }
        let apexes = zones.apexesWithParentElsewhere
        if settings.isShared { return apexes.map { Finding(apex: $0, keys: .shared) } }
        guard settings.secrets != .credentials(folder: nil) else { return apexes.map { Finding(apex: $0, keys: .outOfReach) } }
        guard let folder = try settings.existingKeyFolder() else { return apexes.map { Finding(apex: $0, keys: .none) } }
        var findings: [Finding] = []
        for apex in apexes {
            guard let zone = try SignedZone.read(apex, from: folder) else {
                findings.append(Finding(apex: apex, keys: .none))
                continue
            }
            let parent = undelegated.contains(apex) ? .unknown : await parentState(of: zone)
            let keys = Keys.found(requestedDS: zone.requestedDS, parent: parent)
            findings.append(Finding(apex: apex, keys: keys))
        }
        return findings
    }

    private func parentState(of zone: SignedZone) async -> ParentState {
        var zone = zone
        zone.parent = await ParentSurvey(ofMaybeUndelegated: zone.apex, by: settings.resolvers).finding(for: zone).view
        return zone.parentState
    }
}
