package import DNS
import Synchronization

/// The credentials in memory, by which requests are accepted or refused without a look into the storage.
///
/// The table follows the storage: ``apply(_:)`` takes what was committed, in the order of the storage's sequence. A credential that ends is
/// not accepted any more when the call that ends it returns. A table that has not been loaded, or that misses an entry, answers
/// ``Finding/uncertain``: the storage must be asked.
///
/// A credential takes 61 octets on average: a million take less than 64 MiB. One with allowed networks or an end takes some 150 more.
package final class CredentialTable: Sendable {
    let delegates: DelegateTable
    let state = Mutex(State())

    struct State {
        var contents = Contents()
        var progress = Progress.empty
        /// The number of loads that have begun.
        var loads = 0
    }

    enum Progress {
        /// The table is empty, and not loaded yet.
        case empty
        /// A load is under way. The entries that have come since it began wait for its end.
        case loading([FeedEntry])
        /// The table has taken all changes up to this place.
        case complete(ChangeSequence)
    }

    /// - Parameter delegates: the table that follows the same storage. It must be given each entry before this one is.
    package init(delegates: DelegateTable) {
        self.delegates = delegates
    }

    package enum Finding: Hashable, Sendable {
        case known(HeldCredential)
        case unknown
        /// The storage must be asked.
        case uncertain
    }

    /// The credential with a user name.
    package func find(_ username: UniqueID) -> Finding {
        state.withLock { state in
            guard case .complete = state.progress, !delegates.isHeldBack else { return .uncertain }
            return state.contents.find(username, delegates)
        }
    }

    package enum Membership: Hashable, Sendable {
        case member(DomainName)
        case noMember
        /// The storage must be asked.
        case uncertain
    }

    /// The delegate of a group with that first label, in any case.
    package func member(_ label: String, of group: OperatorLabel) -> Membership {
        state.withLock { state in
            guard case .complete = state.progress, !delegates.isHeldBack else { return .uncertain }
            return state.contents.member(label, of: group, delegates).map { .member($0) } ?? .noMember
        }
    }

    /// Whether the table answers without the storage.
    package var isComplete: Bool {
        state.withLock { state in
            if case .complete = state.progress { true } else { false }
        }
    }

    /// The number of credentials, which can include some of deleted delegates for a while.
    package var count: Int { state.withLock { $0.contents.slots.count } }
}
