import Authority
import DNS
import Delegates

/// The zones that are served, and their records.
extension ConfigurationReader {
    /// - Returns: the zones, and the delegates of the server's own certificate.
    mutating func zones() -> (zones: Zones, ownDelegates: [OwnDelegate])? {
        let apexes = names(.zones, underscores: .inFront)
        let nameservers = names(.nameservers)
        let mailbox = mailbox()
        let hasMailRecords = boolean(.mailRecords, default: true)
        let negativeTTL = UInt32(number(.negativeTTL, default: 1))
        let records = records()
        let fileZones = fileZones(besides: apexes)
        let ownDelegates = apexes.first.map { self.ownDelegates(in: $0) } ?? []
        let challenges = challengeRecords(of: ownDelegates, apexes: apexes, fileZones: fileZones)
        guard let primary = nameservers.first, let mailbox, !apexes.isEmpty else { return nil }

        let builder = ZoneBuilder(
            apexes: apexes, nameservers: nameservers,
            startOfAuthority: Zone.StartOfAuthority(primary: primary, mailbox: mailbox, negativeTTL: negativeTTL),
            hasMailRecords: hasMailRecords)
        let (zones, found) = builder.build(records: records.map(\.value) + challenges, fileZones: fileZones)
        for problem in found {
            // The challenges' records come after the operator's.
            let origin = problem.recordIndex.flatMap { records.indices.contains($0) ? records[$0].origin : nil }
            if problem.isWarning, let origin {
                warn("“records”: \(problem.text)", at: origin)
            } else {
                report(problem.text, at: origin)
            }
        }
        return (zones, ownDelegates)
    }

    /// - Parameter zones: `nil` if the zones are not known, for a reason that is already reported.
    mutating func serialFloors(of zones: Zones?) -> [DomainName: SerialNumber] {
        var floors: [DomainName: SerialNumber] = [:]
        for item in entries[.serialFloors]?.values ?? [] {
            let parts = item.text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let number = UInt32(parts[1]), parts[1].allSatisfy(\.isNumber) else {
                report(
                    "“\(ConfigurationKey.serialFloors.name)” must have items like d.example.net=2026112901, a zone and a serial from "
                        + "0 to 4294967295, not “\(item.text)”", at: item.origin)
                continue
            }
            do {
                let zone = try HostName(parts[0], underscores: .anywhere).domainName
                if let zones, zones.zone(withApex: zone) == nil {
                    let list = zones.all.map(\.apex.description).joined(separator: ", ")
                    report(
                        "“\(ConfigurationKey.serialFloors.name)”: \(zone) is not one of the zones (\(list))", at: item.origin)
                } else if floors.updateValue(SerialNumber(number), forKey: zone) != nil {
                    report("“\(ConfigurationKey.serialFloors.name)”: \(zone) is given twice", at: item.origin)
                }
            } catch {
                report("“\(ConfigurationKey.serialFloors.name)”: \(error)", at: item.origin)
            }
        }
        return floors
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
