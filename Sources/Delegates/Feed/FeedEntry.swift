package import DNS

/// A change as others need it who follow a storage: complete, so that no table has to be read beside it.
package struct FeedEntry: Hashable, Sendable {
    /// The first of its places in the sequence.
    package var sequence: ChangeSequence
    /// The number of its places. The next entry begins after them.
    package var placeCount: UInt64
    /// When the change was made.
    package var time: Timestamp
    /// What is different now, in this order; empty for a change that concerns nobody else.
    package var effects: [Effect]

    package enum Effect: Hashable, Sendable {
        // Delegates.
        case enrolled(DomainName)
        /// From now on it has no values, and its credentials are not taken.
        case disabled(DomainName)
        case enabled(DomainName)
        /// Its values, its credentials and its memberships are gone.
        case deleted(DomainName)

        // Values.
        /// A value, or its new place.
        case published(ChallengeValue, DomainName, sequence: ChangeSequence, time: Timestamp)
        case withdrawn(DomainName)
        /// Values whose time was over at a moment are gone.
        case aged(DomainName, until: Timestamp)

        // Credentials, groups, tokens.
        /// A credential as it is now.
        case credential(Credential)
        case credentialUsed(UniqueID, Credential.Use)
        case credentialEnded(UniqueID)
        case groupMade(OperatorLabel)
        /// Its credentials are gone.
        case groupDeleted(OperatorLabel)
        case memberAdded(DomainName, OperatorLabel)
        case memberRemoved(DomainName, OperatorLabel)
        /// A registration token as it is now.
        case token(RegistrationToken)

        /// Whether answers can be others afterwards.
        package var isShown: Bool {
            switch self {
            case .enrolled, .disabled, .deleted, .published, .withdrawn, .aged: true
            case .enabled, .credential, .credentialUsed, .credentialEnded, .groupMade, .groupDeleted, .memberAdded,
                .memberRemoved, .token:
                false
            }
        }
    }

    package init(sequence: ChangeSequence, placeCount: UInt64 = 1, time: Timestamp, effects: [Effect]) {
        self.sequence = sequence
        self.placeCount = placeCount
        self.time = time
        self.effects = effects
    }

    /// Whether answers can be others afterwards: then the serials of zones count it.
    package var isShown: Bool { effects.contains(where: \.isShown) }

    /// The last of its places in the sequence.
    package var lastPlace: ChangeSequence { ChangeSequence(sequence.number + placeCount - 1) }

    /// The number of places of which a storage keeps the entries: the last ones.
    package static let keptPlaces: UInt64 = 100_000
}

/// A part of a storage's feed.
package enum FeedPage: Hashable, Sendable {
    /// The changes after a place, in their order and without a gap; empty if there are none yet.
    case entries([FeedEntry])
    /// The feed does not reach back that far: a follower must load anew.
    case beyondHorizon
}
