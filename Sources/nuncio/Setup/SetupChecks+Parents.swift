import DNS
import DNSClient
import Daemon

extension SetupChecks {
    /// What the parents of the configured zones have.
    struct Sights {
        var ofZones: [DomainName: DelegationLook.Sight] = [:]
        /// Why nothing is known of the other zones.
        var failures: [DomainName: String] = [:]

        /// The zones without NS records at their parents. Resolvers are not asked for names in them: they would remember for the time of
        /// the parent's SOA that there is nothing, and the set-up itself would be what the operator waits for.
        var undelegated: Set<DomainName> { Set(ofZones.filter { $0.value.nameservers.isEmpty }.keys) }

        /// - Returns: `nil` if no zone without a delegation has the name.
        func undelegatedZone(of name: DomainName) -> DomainName? { undelegated.first { name.isAtOrBelow($0) } }

        /// The maximum time in seconds for which resolvers remember that a name was not there; `nil` if none of the parents has it.
        func memory(of name: String) -> UInt32? {
            guard let name = try? DomainName(name) else { return nil }
            return ofZones.values.map(\.parent).filter { name.isAtOrBelow($0.apex) }.map(\.memory).max()
        }
    }

    /// Asks for the delegation of each zone whose parent is elsewhere.
    func sights(of parentZone: ParentZone) async -> Sights {
        var sights = Sights()
        for delegation in parentZone.delegations {
            do throws(NoResponse) {
                let sight = try await look.delegation(of: delegation.apex)
                sights.ofZones[delegation.apex] = sight
                if sight == nil { sights.failures[delegation.apex] = "the resolvers know no zone above it" }
            } catch {
                sights.failures[delegation.apex] = "\(error)"
            }
        }
        return sights
    }
}
