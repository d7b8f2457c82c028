import Authority
import DNS
import DNSSEC
import Foundation
import Signing

/// What the parents of the zones must have so that resolvers find this server. Nothing has to be done for a zone whose parent is one of
/// its zones.
package struct ParentZone: Sendable {
    private let configuration: Configuration

    package init(of configuration: Configuration) {
        self.configuration = configuration
    }

    /// The DS records for the parent of a zone, and whether the parent has them.
    package struct Security: Sendable {
        package var zone: String
        /// The DS records in presentation form.
        package var ds: [String]
        /// Whether the zone has keys already; otherwise it gets them at the first start.
        package var hasKeys: Bool
        /// What the parent lacks or has too much, in a sentence; `nil` if all is well.
        package var problem: String?
    }

    /// Asks the configured resolvers about each zone's parent. It takes at most 5 seconds for each zone.
    ///
    /// - Throws: the reason in words, if there are keys that cannot be read.
    package func security() async throws -> [Security] {
        let signing = configuration.signing
        guard signing.isOn else { return [] }
        let apexes = outerZones.map(\.apex)
        guard signing.credentialsPath != "" else {
            let problem = "the keys are the service’s credentials: “nuncio dnssec ds” prints the DS record for the parent of "
            return apexes.map {
                Security(zone: $0.withoutFinalDot, ds: [], hasKeys: true, problem: problem + $0.withoutFinalDot)
            }
        }
        guard FileManager.default.fileExists(atPath: signing.keyFolder) else {
            return apexes.map { Security(zone: $0.withoutFinalDot, ds: [], hasKeys: false, problem: nil) }
        }
        let folder = try KeyFolder(path: signing.keyFolder, secretsPath: signing.credentialsPath, to: .look)
        var security: [Security] = []
        for apex in apexes {
            guard let zone = try SignedZone.read(apex, from: folder) else {
                security.append(Security(zone: apex.withoutFinalDot, ds: [], hasKeys: false, problem: nil))
                continue
            }
            security.append(
                Security(
                    zone: apex.withoutFinalDot, ds: zone.requestedDS.map { $0.presentation(at: apex) }, hasKeys: true,
                    problem: await problem(of: zone)))
        }
        return security
    }

    /// The zones whose parents are elsewhere.
    private var outerZones: [Zone] { configuration.zones.all.filter { configuration.zones.parent(of: $0.apex) == nil } }

    private func problem(of zone: SignedZone) async -> String? {
        let survey = await ParentSurvey(of: zone.apex, by: configuration.signing.resolvers)
        var zone = zone
        zone.parent = survey.finding(for: zone).view
        let parent = "the parent of \(zone.apex.withoutFinalDot)"
        return switch zone.parentState {
        case .matches, .unknown: nil
        case .none: "\(parent) has no DS record: the signatures protect nobody yet"
        case .unusable:
            "\(parent) has DS records of algorithms or digest types that no resolver knows: the signatures protect nobody. Give it the "
                + "one above instead"
        case .wrong:
            "\(parent) has DS records of none of the keys: resolvers treat all answers as forged. Give it the one above"
        }
    }

    /// The lines for the parent of each zone: NS records, and the addresses of name servers inside the zone.
    package var lines: [String] {
        outerZones.flatMap { zone in
            let delegation = zone.nameservers.map {
                ResourceRecord(owner: zone.apex, ttl: ZoneBuilder.nameserverTTL, data: .ns($0))
            }
            let glue = zone.nameservers.filter { $0.isAtOrBelow(zone.apex) }.flatMap { name in
                [RecordType.a, .aaaa].compactMap { zone.rrset(at: name, type: $0) }.flatMap { rrset in
                    rrset.data.map { ResourceRecord(owner: name, ttl: rrset.ttl, data: $0) }
                }
            }
            return (delegation + glue).map(\.description)
        }
    }
}
