import Authority
import DNS
import Foundation

/// Which zones are served, and what is in them.
extension ConfigurationReader {
    mutating func zones() -> Zones? {
        let apexes = names(.zones, underscores: .inFront)
        let nameservers = names(.nameservers)
        let mailbox = mailbox()
        let hasMailRecords = boolean(.mailRecords, default: true)
        let negativeTTL = UInt32(number(.negativeTTL, default: 5))
        let records = records()
        let fileZones = fileZones(besides: apexes)
        guard let primary = nameservers.first, let mailbox, !apexes.isEmpty else { return nil }

        let builder = ZoneBuilder(
            apexes: apexes, nameservers: nameservers,
            startOfAuthority: Zone.StartOfAuthority(primary: primary, mailbox: mailbox, negativeTTL: negativeTTL),
            hasMailRecords: hasMailRecords)
        let (zones, found) = builder.build(records: records.map(\.value), fileZones: fileZones)
        for problem in found { report(problem.text, at: problem.recordIndex.map { records[$0].origin }) }
        return zones
    }

    /// The zones of all files, each of them once.
    private mutating func fileZones(besides apexes: [DomainName]) -> [Zone] {
        var zones: [Zone] = []
        var seen = Set(apexes)
        for item in entries[.zoneFiles]?.values ?? [] {
            do {
                for path in try ZoneFiles.paths(at: item.text) {
                    let file = ZoneFile(MasterFile(try ZoneFiles.text(of: path)))
                    for problem in file.problems {
                        report(problem.text, at: .zoneFile(path: path, line: problem.line))
                    }
                    guard let zone = file.zone else { continue }
                    guard seen.insert(zone.apex).inserted else {
                        report("the zone \(zone.apex) is there already", at: .zoneFile(path: path, line: 1))
                        continue
                    }
                    zones.append(zone)
                }
            } catch {
                report("“zone-files”: “\(item.text)” cannot be read: \(error.localizedDescription)", at: item.origin)
            }
        }
        return zones
    }

    private mutating func records() -> [(value: ResourceRecord, origin: ConfigurationOrigin)] {
        var records: [(ResourceRecord, ConfigurationOrigin)] = []
        for item in entries[.records]?.values ?? [] {
            do {
                records.append((try ResourceRecord(item.text), item.origin))
            } catch {
                report("“records”: \(error)", at: item.origin)
            }
        }
        return records
    }
}
