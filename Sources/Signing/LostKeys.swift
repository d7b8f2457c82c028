package import Authority
package import DNS
import DNSSEC
import Sockets

/// Keys that should be there: a zone whose parent has a DS had some. With new keys in their place, or with none, resolvers would take
/// all answers for forged.
package struct LostKeys: Sendable {
    private let zones: Zones
    private let settings: SigningSettings
    /// The zones whose keys several servers share, as far as the storage has them.
    private let shared: Set<DomainName>
    /// The port at which the name servers of the zones above are asked.
    var parentPort: UInt16 = 53

    package init(zones: Zones, settings: SigningSettings, shared: Set<DomainName> = []) {
        self.zones = zones
        self.settings = settings
        self.shared = shared
    }

    /// The limit for all zones and resolvers together. A first start waits for it: what is not in any cache can take
    /// seconds.
    private static let timeout: Duration = .seconds(10)

    /// Asks all resolvers for the DS of zones that have no keys yet: one that sees a DS is enough. The server starts even if no
    /// resolver can tell. Of a zone that its parent's name servers neither delegate nor have a DS of, no resolver is asked: at a first
    /// start that is the rule. A DS that no validator can use does not count as a sign of lost keys.
    package func check() async throws(KeyFolder.Failure) {
        let resolvers = settings.resolvers
        let without = try zonesWithoutKeys()
        let surveys = await withTaskGroup { group in
            for apex in without {
                group.addTask { (apex, await survey(of: apex, by: resolvers)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for (apex, survey) in surveys where survey.records.contains(where: DelegationSignerUse.isUsable) {
            throw settings.isShared
                ? .lostSharedKeys(folder: settings.keyFolder, apex: apex)
                : .lostKeys(path: settings.keyFolder, apex: apex)
        }
    }

    private func survey(of apex: DomainName, by resolvers: [Endpoint]) async -> ParentSurvey {
        await ParentSurvey(ofMaybeUndelegated: apex, by: resolvers, timeout: Self.timeout, parentPort: parentPort)
    }

    private func zonesWithoutKeys() throws(KeyFolder.Failure) -> [DomainName] {
        guard settings.isOn else { return [] }
        let apexes = zones.apexesWithParentElsewhere.filter { !shared.contains($0) }
        guard let folder = try settings.isShared ? settings.filesBesideShared() : settings.existingKeyFolder() else {
            return apexes
        }
        var without: [DomainName] = []
        for apex in apexes {
            if try folder.state(of: apex) != nil { continue }
            if try folder.unusedKeys(of: apex, besides: []).isEmpty { without.append(apex) }
        }
        return without
    }
}
