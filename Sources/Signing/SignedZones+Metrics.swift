import DNSSEC
import Delegates
package import PrometheusMetrics

extension SignedZones {
    /// Writes the metrics. No label contains a zone's name.
    package func write(to exposition: inout Exposition) {
        let (zones, waiting, left, time) = look { state in
            let zones = Array(state.zones.values)
            let waiting = zones.count { $0.keys.waiting(timing(of: $0.apex, in: state)).isForParent }
            return (zones, waiting, earliestExpiration(in: state), state.lastSystemTime)
        }
        let signed = zones.filter(\.keys.isSigned)
        exposition.write(
            .gauge, "nuncio_dnssec_zones", "Signed zones, by how the parent's DS records match their keys.",
            ParentState.allCases.map { parent in
                ([("parent", parent.rawValue)], Double(signed.count { $0.parentState == parent }))
            })
        exposition.write(
            .gauge, "nuncio_dnssec_rollovers", "Zones in which a change of keys, or the end of signing, is under way.",
            Double(zones.count { $0.keys.stage != .steady && $0.keys.stage != .unsigned }))
        exposition.write(
            .gauge, "nuncio_dnssec_waiting_for_parent",
            "Zones that wait for their parent to have another DS, or for confirmation of it.",
            Double(waiting))
        if let left {
            exposition.write(
                .gauge, "nuncio_dnssec_signature_expiry_timestamp_seconds",
                "When the first of the signatures that are made ahead expires.", Double(time + left))
        }
    }
}

extension ZoneKeys.Waiting {
    fileprivate var isForParent: Bool {
        switch self {
        case .parentHas, .parentHasNone, .parentAgain: true
        case .nothing, .time: false
        }
    }
}
