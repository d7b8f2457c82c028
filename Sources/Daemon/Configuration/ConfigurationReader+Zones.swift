import Authority
import DNS

/// Which zones are served, and what is in them.
extension ConfigurationReader {
    mutating func zones() -> Zones? {
        let apexes = names(.zones, underscores: .inFront)
        let nameservers = names(.nameservers)
        let mailbox = mailbox()
        let hasMailRecords = boolean(.mailRecords, default: true)
        let negativeTTL = UInt32(number(.negativeTTL, default: 1))
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
