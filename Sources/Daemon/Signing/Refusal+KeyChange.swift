import DNS
import DNSSEC
import Delegates
import Signing

/// What an operator is told when keys do not change.
extension Refusal {
    init(_ refusal: KeyChangeRefusal, of apex: DomainName) {
        self =
            switch refusal {
            case .noSuchZone: .noSuchZone(apex.withoutFinalDot)
            case .hasNoKeys: .keysNotChanged("\(apex) is not signed: “dnssec.mode” is off")
            case .notNow(let refusal): .keysNotChanged(refusal.sentence)
            case .contradicted(let contradiction): .keysNotChanged(contradiction.sentence)
            case .keyFolder(let failure): .keysNotChanged(failure.description)
            }
    }
}

extension ZoneKeys.Refusal {
    fileprivate var sentence: String {
        switch self {
        case .underWay(let stage): "a change is under way (\(stage.rawValue)): see “nuncio dnssec status”"
        case .nothingUnderWay: "no change is under way that could be cancelled or confirmed"
        case .notSigned: "the zone is no longer signed: see “dnssec.mode”"
        case .noSuchKey(let role): "the zone has no \(role.rawValue.uppercased())"
        case .sameAlgorithm: "the keys already have that algorithm"
        }
    }
}
