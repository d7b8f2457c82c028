import DNS
import DNSSEC
import Signing

/// What an operator reads of a zone's keys.
extension SigningStatus {
    /// The stage in a sentence.
    var stageSentence: String {
        switch stage {
        case nil: "not signed"
        case .steady: "signed"
        case .unsigned: "no longer signed"
        case .entryKeyIntroduced, .zoneKeyIntroduced, .algorithmIntroduced:
            "key \(incoming) replaces key \(outgoing): it is published, but not used yet"
        case .entryKeyAwaitsParent, .algorithmAwaitsParent:
            "key \(incoming) replaces key \(outgoing): both are known everywhere, the parent zone comes next"
        case .entryKeyRetires, .algorithmRetires:
            "key \(incoming) has replaced key \(outgoing), whose DS resolvers may still know"
        case .zoneKeyRetires:
            "key \(incoming) has replaced key \(outgoing), whose signatures resolvers may still have"
        case .algorithmSigns:
            "key \(incoming) of another algorithm replaces key \(outgoing): it signs, but is not published yet"
        case .algorithmWithdrawn:
            "key \(incoming) has replaced key \(outgoing), which signs until resolvers have forgotten it"
        case .deletionRequested: "signing will end: the zone asks its parent to remove the DS"
        case .deletionWaits: "signing ends when no resolver knows the DS any longer"
        }
    }

    private var incoming: String { keys.filter(\.isIncoming).map(\.tag).sentence }

    private var outgoing: String {
        let roles = Set(keys.filter(\.isIncoming).map(\.role))
        return keys.filter { !$0.isIncoming && roles.contains($0.role) }.map(\.tag).sentence
    }

    /// What the stage waits for, in a sentence; `nil` if it waits for nothing.
    var waitingSentence: String? {
        let zone = apex.withoutFinalDot
        switch waiting {
        case .nothing: return nil
        case .time: return cachesSentence + (isResigned ? "" : "; first for everything to be signed again")
        case .parentHas(let tags):
            return
                "for the parent zone to have the DS of key \(tags.sentence) instead of the other: give it what “nuncio dnssec ds \(zone)” "
                + "prints. If no resolver can tell, say “nuncio dnssec rollover \(zone) --ds-published” when it has"
                + (contradiction.map { ". Now \($0.sentence)" } ?? "")
        case .parentHasNone:
            return
                "for the parent zone to have no DS, as all resolvers that can tell must say: have it removed. If no resolver can tell, "
                + "say “nuncio dnssec rollover \(zone) --ds-published” when it is gone"
        case .parentAgain:
            return
                "for a resolver to say once more what the parent zone has: a key that a DS still names must not go. If no resolver "
                + "can tell, say “nuncio dnssec rollover \(zone) --ds-published” when you have seen that the parent has what it should"
        }
    }

    /// What resolvers must do before the stage ends.
    private var cachesSentence: String {
        switch stage {
        case .entryKeyRetires, .algorithmRetires, .deletionWaits: "for resolvers to forget the parent’s old DS"
        case .entryKeyIntroduced, .zoneKeyIntroduced, .algorithmIntroduced: "for resolvers to know the new key"
        case .zoneKeyRetires, .algorithmSigns, .algorithmWithdrawn, .steady, .entryKeyAwaitsParent, .algorithmAwaitsParent,
            .deletionRequested, .unsigned, nil:
            "for resolvers to forget what the old key has signed"
        }
    }
}

extension ParentContradiction {
    var sentence: String {
        switch self {
        case .stillHasDS: "the parent zone still has a DS, as a resolver says"
        case .hasNoDS: "the parent zone has no DS at all, as resolvers say"
        case .hasUnusableDS: "the parent zone has only a DS that no validator can use, as resolvers say"
        case .stillHasLeavingAlgorithm: "the parent zone still has a DS of the algorithm that is to go, as a resolver says"
        case .lacksDS(let tags): "the parent zone has no DS of key \(tags.sentence) yet, as a resolver says"
        }
    }
}

extension [UInt16] {
    /// The tags of keys in words.
    fileprivate var sentence: String { map(String.init).joined(separator: " and ") }
}
