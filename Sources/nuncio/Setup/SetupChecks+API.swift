import DNS
import DNSClient
import Daemon

extension SetupChecks {
    /// Whether resolvers find the host of the API.
    func api(_ host: DomainName, _ sights: Sights) async -> SetupCheck {
        var check = SetupCheck(check: .api, name: host.withoutFinalDot, state: .there)
        do throws(NoResponse) {
            if let zone = sights.undelegatedZone(of: host) {
                check.state = .missing
                let place = configuration.hasAddress(of: host) ? "“records” has it" : Self.lackOfRecord
                check.detail = "\(place); resolvers find it once \(zone.withoutFinalDot) is delegated"
                return check
            }
            let sight = try await look.addresses(of: host)
            guard sight.addresses.isEmpty else { return check }
            (check.state, check.memory) = (.missing, sight.memory)
            if !configuration.apexes.contains(where: { host.isAtOrBelow($0) }) {
                check.records = publicAddresses.map { SetupNames.record(host, $0).description }
                check.detail = "create its address records in its own zone"
            } else if configuration.hasAddress(of: host) {
                check.detail = "“records” has it, and resolvers do not see it yet"
            } else {
                check.detail = Self.lackOfRecord
            }
        } catch {
            check.state = .unknown
            check.detail = "\(error)"
        }
        return check
    }

    private static let lackOfRecord = "it is in a zone of this server: it needs its address in “records”"
}
