package import DNS
import Synchronization

extension CredentialTable {
    /// Takes an entry of the storage's feed, unless it was taken before. Entries must come in order: after a gap, the table is empty
    /// until it is loaded again.
    package func apply(_ entry: FeedEntry) {
        guard entry.placeCount > 0 else { return }
        state.withLock { state in
            switch state.progress {
            case .empty: break
            case .loading(var waiting):
                // The array must not be shared while it grows.
                state.progress = .empty
                waiting.append(entry.forCredentials)
                state.progress = .loading(waiting)
            case .complete(let last): take(entry, after: last, in: &state)
            }
        }
    }

    private func take(_ entry: FeedEntry, after last: ChangeSequence, in state: inout State) {
        guard entry.lastPlace > last else { return }
        guard entry.sequence.number == last.number + 1 else {
            state.contents = Contents()
            state.progress = .empty
            return
        }
        for effect in entry.effects { state.contents.apply(effect, delegates) }
        state.progress = .complete(entry.lastPlace)
    }

    // MARK: Loading

    /// Loads everything, and forgets what was known before.
    ///
    /// - Parameter read: reads the storage as it is after one change, in one transaction. It begins after this table follows the storage,
    ///   so that no change falls between the two.
    /// - Returns: whether the table is complete now. It is not if another load has begun meanwhile, or the table of delegates is behind
    ///   what was read.
    package func load<Failure: Error>(
        _ read: () async throws(Failure) -> (Contents, after: ChangeSequence)
    ) async throws(Failure) -> Bool {
        let number = state.withLock { state in
            state.loads += 1
            state.contents = Contents()
            state.progress = .loading([])
            return state.loads
        }
        do {
            let (contents, change) = try await read()
            return state.withLock { state in
                guard state.loads == number, case .loading(let waiting) = state.progress else { return false }
                guard !contents.lacksDelegate else {
                    // Its entry is on the way. The next load has it.
                    state.progress = .empty
                    return false
                }
                state.contents = contents
                state.progress = .complete(change)
                for entry in waiting {
                    if case .complete(let last) = state.progress { take(entry, after: last, in: &state) }
                }
                if case .complete = state.progress { return true } else { return false }
            }
        } catch {
            state.withLock { state in
                if state.loads == number { state.progress = .empty }
            }
            throw error
        }
    }
}

extension CredentialTable {
    package func add(_ credential: Credential, to contents: inout Contents) { contents.put(credential, delegates) }

    /// Does the same without the parts of a credential that the table does not hold.
    ///
    /// - Parameter digest: `nil` if only the storage can check the key.
    package func add(
        _ username: UniqueID, digest: KeyDigest?, scope: Credential.Scope, allowedNetworks: AllowedNetworks,
        expires: Timestamp?, to contents: inout Contents
    ) {
        contents.put(
            username, digest: digest, scope: scope, allowedNetworks: allowedNetworks, expires: expires, delegates)
    }

    package func add(disabled delegate: DomainName, to contents: inout Contents) { contents.disable(delegate, delegates) }

    /// Adds a group. Its credentials come after it.
    package func add(group label: OperatorLabel, _ members: some Sequence<DomainName>, to contents: inout Contents) {
        contents.makeGroup(label)
        for member in members { contents.add(member, to: label, delegates) }
    }
}

extension FeedEntry {
    /// The entry without what does not concern credentials.
    fileprivate var forCredentials: FeedEntry {
        var entry = self
        entry.effects.removeAll { effect in
            switch effect {
            case .enrolled, .published, .withdrawn, .aged, .credentialUsed, .token, .secret: true
            case .disabled, .enabled, .deleted, .credential, .credentialEnded, .groupMade, .groupDeleted, .memberAdded,
                .memberRemoved:
                false
            }
        }
        return entry
    }
}
