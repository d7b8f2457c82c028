package import DNS

/// A change as followers of a storage need it: what is answered, which credentials are good for what, groups and tokens can be told from
/// entries alone. When a delegate was enrolled and first used, declared domains and serials are in the tables only.
package struct FeedEntry: Hashable, Sendable {
    /// The first of its places in the sequence.
    package var sequence: ChangeSequence
    /// The number of its places. The next entry begins after them.
    package var placeCount: UInt64
    /// When the change was made.
    package var time: Timestamp
    /// The effects, in their order; empty for a change that concerns no follower.
    package var effects: [Effect]

    package enum Effect: Hashable, Sendable {
        // Delegates.
        case enrolled(DomainName)
        /// From now on the delegate has no values, and its credentials are not accepted.
        case disabled(DomainName)
        case enabled(DomainName)
        /// The delegate's values, credentials and memberships are gone.
        case deleted(DomainName)

        // Values.
        /// A value, or its new place.
        case published(ChallengeValue, DomainName, sequence: ChangeSequence, time: Timestamp)
        case withdrawn(DomainName)
        /// The values that were too old at a moment are gone.
        case aged(DomainName, until: Timestamp)

        // Credentials, groups, tokens.
        /// A credential as it is now. Whether its delegate is disabled follows from other effects, and is `false` here.
        case credential(Credential)
        case credentialUsed(UniqueID, Credential.Use)
        case credentialEnded(UniqueID)
        case groupMade(OperatorLabel)
        /// The group's credentials are gone.
        case groupDeleted(OperatorLabel)
        case memberAdded(DomainName, OperatorLabel)
        case memberRemoved(DomainName, OperatorLabel)
        /// A registration token as it is now.
        case token(RegistrationToken)

        /// What the servers that share the storage keep secret from it: see ``SharedSecret``.
        case secret(name: String, content: String)

        /// Whether DNS answers can differ afterwards.
        package var isShown: Bool {
            switch self {
            // Whoever looks at the place of another server must see from it that the keys are others.
            case .enrolled, .disabled, .deleted, .published, .withdrawn, .aged, .secret: true
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

    /// Whether DNS answers can differ afterwards: then the serials of zones count the change.
    package var isShown: Bool { effects.contains(where: \.isShown) }

    /// What the servers that share the storage share from now on.
    package var secrets: [SharedSecret] {
        effects.compactMap { effect in
            guard case .secret(let name, let content) = effect else { return nil }
            return SharedSecret(name: name, content: content, sequence: sequence)
        }
    }

    /// The last of its places in the sequence.
    package var lastPlace: ChangeSequence { ChangeSequence(sequence.number + placeCount - 1) }

    /// The number of places, at the end of the sequence, whose entries a storage keeps.
    package static let keptPlaces: UInt64 = 100_000
    /// How long a storage keeps an entry: keys that ended and values that were withdrawn are in it.
    package static let keptTime = Duration.seconds(86_400)
}

/// A place in the feed of a storage.
package struct FeedPlace: Hashable, Sendable {
    /// The feed's own name: a storage that was restored begins another feed, and its numbers stand for other changes.
    package var feed: UniqueID
    /// The last place of an entry, or of a load.
    package var sequence: ChangeSequence

    package init(feed: UniqueID, sequence: ChangeSequence) {
        self.feed = feed
        self.sequence = sequence
    }
}

/// A part of a storage's feed.
package enum FeedPage: Hashable, Sendable {
    /// The changes after a place, in order and without a gap; empty if there are none yet.
    case entries([FeedEntry])
    /// The feed does not reach back that far, or it is another one: the follower must load again, for another feed into an empty table.
    case beyondHorizon
}
