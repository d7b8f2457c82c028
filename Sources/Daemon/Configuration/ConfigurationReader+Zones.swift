import Authority
import DNS
import Foundation

/// Which zones are served, and what is in them.
extension ConfigurationReader {
    mutating func zones() -> Zones? {
        let apexes = names(.zones)
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

    /// Longer names leave no room for a delegate's label and, below it, an underscore label.
    private static let maximumZoneLength = 200

    private mutating func names(_ key: ConfigurationKey) -> [DomainName] {
        guard let entry = entries[key], !entry.values.isEmpty else {
            report("“\(key.name)” is missing: give at least one name", at: entries[key]?.origin)
            return []
        }
        var names: [DomainName] = []
        for item in entry.values {
            do {
                let name = try DomainName(item.text)
                if names.contains(name) {
                    report("“\(key.name)”: \(name) is there twice", at: item.origin)
                } else if name.isRoot || name.wire.count > Self.maximumZoneLength {
                    report(
                        "“\(key.name)”: \(name) must be a name of at most \(Self.maximumZoneLength) octets, and not the root",
                        at: item.origin)
                } else {
                    names.append(name)
                }
            } catch {
                report("“\(key.name)”: \(error)", at: item.origin)
            }
        }
        return names
    }

    /// The mailbox as the SOA record writes it: the part before the @ is one label (RFC 1035 section 8).
    private mutating func mailbox() -> DomainName? {
        guard let text = text(.contact, default: nil) else { return nil }
        let origin = entries[.contact]?.origin
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let domain = try? DomainName(parts[1]), !domain.isRoot,
            let name = domain.prepending(label: parts[0].utf8)
        else {
            report("“contact” must be a mail address like hostmaster@example.net, not “\(text)”", at: origin)
            return nil
        }
        return name
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
