import DNS
import Delegates

/// A record that the server's own certificate needs in a zone elsewhere, and what resolvers see of it.
package struct ChallengeSight: Hashable, Sendable {
    /// The owner of the record, without a final dot.
    package var name: String
    /// The record in presentation form.
    package var record: String
    package var state: State

    package enum State: Hashable, Sendable {
        case there
        case missing
        /// There is another record; which one, in words.
        case wrong(String)
        /// No resolver could tell; the reason in words.
        case unknown(String)
    }
}

extension Configuration {
    /// Looks for the records that the server's own certificate needs elsewhere. It takes at most 10 s for each.
    package func challengeSights() async -> [ChallengeSight] {
        var sights: [ChallengeSight] = []
        let delegation = OwnDelegation()
        for (delegate, record) in challengesElsewhere {
            let alias = await ChallengeAlias.look(for: delegate, by: signing.resolvers, delegation)
            let state: ChallengeSight.State =
                switch alias {
                case .leadsToDelegate, .leadsToSilence: .there
                case .missing: .missing
                case .leadsElsewhere(let target): .wrong("it is an alias of \(target)")
                case .unknown(let reason): .unknown(reason)
                }
            sights.append(
                ChallengeSight(name: delegate.challengeName?.withoutFinalDot ?? "", record: record, state: state))
        }
        return sights
    }
}
