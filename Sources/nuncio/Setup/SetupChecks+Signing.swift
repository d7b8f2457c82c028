import DNS
import DNSClient
import Daemon
import Signing

extension SetupChecks {
    /// The DS records of the zones. No resolver is asked for that of a zone without a delegation: it can have none.
    func delegationSigners(_ parentZone: ParentZone, _ sights: Sights) async -> [SetupCheck] {
        let zones: [ParentZone.Security]
        do {
            zones = try await parentZone.security(notAsking: sights.undelegated)
        } catch {
            return [SetupCheck(check: .delegationSigner, name: "", state: .unknown, detail: "\(error)")]
        }
        var checks: [SetupCheck] = []
        for zone in zones {
            let apex = configuration.apexes.first { $0.withoutFinalDot == zone.zone }
            checks.append(await delegationSigner(zone, apex, sight: apex.flatMap { sights.ofZones[$0] }))
        }
        return checks
    }

    private func delegationSigner(
        _ zone: ParentZone.Security, _ apex: DomainName?, sight: DelegationLook.Sight?
    ) async -> SetupCheck {
        let parent = sight?.parent.apex
        let isDelegated = sight?.nameservers.isEmpty != true
        var check = SetupCheck(check: .delegationSigner, name: zone.zone, state: .unknown, records: zone.ds)
        do throws(NoResponse) {
            switch zone.parent {
            case .matches: (check.state, check.records) = (.there, [])
            case .wrong, .unusable:
                check.state = .wrong
                check.detail = zone.problem
            case .unknown where isDelegated:
                check.detail = "no resolver says whether the parent has it: “nuncio dnssec status” has the reasons"
            case .unknown, .some(.none), nil:
                let isSigned = if let parent { try await look.has(.dnskey, at: parent) } else { true }
                if zone.parent == nil, isDelegated, let apex, try await look.has(.ds, at: apex) {
                    check.state = .wrong
                    check.detail =
                        "the parent has a DS record, and there are no keys here, or this user may not see them: without the "
                        + "keys of that record, have it removed before the first start"
                } else if !isSigned {
                    (check.state, check.records) = (.notNeeded, [])
                    check.detail = "\(parent?.withoutFinalDot ?? "the parent") is not signed"
                } else {
                    check.state = .missing
                    check.detail = zone.hasKeys ? nil : "“nuncio dnssec ds” prints it after the first start"
                }
            }
        } catch {
            check.detail = "\(error)"
        }
        return check
    }
}
