import DNS

extension CredentialTable {
    /// What the table knows.
    package struct Contents: Sendable {
        var slots = CredentialSlots()
        private var groups = HeldGroups()
        private var disabled: Set<DelegateTable.Reference> = []
        /// Deleted delegates whose credentials and memberships are still here. Their names are never given out again.
        private var deleted: Set<DelegateTable.Reference> = []
        /// The number of deleted groups whose credentials are still here. Their numbers are never given out again.
        private var deletedGroups = 0
        /// Whether a delegate was not in the table of delegates yet, though the storage had it.
        private(set) var lacksDelegate = false
        private var origins: [DomainName: DelegateTable.Origin] = [:]
        private var originNames: [DelegateTable.Origin: DomainName] = [:]

        /// The number of deleted delegates and groups at which everything is looked through for what was theirs.
        private static let maximumDeleted = 1000

        package init() {}

        // MARK: Finding

        func find(_ username: UniqueID, _ delegates: DelegateTable) -> Finding {
            guard let found = slots.find(username) else { return .unknown }
            guard let (digest, owner) = found.held else { return .uncertain }
            let scope: Credential.Scope
            var isDisabled = false
            switch owner {
            case .delegate(let reference):
                if deleted.contains(reference) { return .unknown }
                guard let name = name(of: reference, delegates) else { return .uncertain }
                scope = .delegate(name)
                isDisabled = disabled.contains(reference)
            case .group(let number):
                guard let label = groups.label(of: number) else { return .unknown }
                scope = .group(label)
            }
            return .known(
                HeldCredential(
                    username: username, check: .digest(digest), scope: scope,
                    allowedNetworks: found.restriction?.allowedNetworks ?? .all, expires: found.restriction?.expires,
                    isDisabled: isDisabled))
        }

        func member(_ label: String, of group: OperatorLabel, _ delegates: DelegateTable) -> DomainName? {
            groups.member(label, of: group) { name in
                guard let reference = reference(to: name, delegates), !deleted.contains(reference) else { return nil }
                return reference
            }
        }

        private func name(of reference: DelegateTable.Reference, _ delegates: DelegateTable) -> DomainName? {
            let (label, origin) = delegates.label(of: reference)
            return originNames[origin]?.prepending(label: label)
        }

        private func reference(to name: DomainName, _ delegates: DelegateTable) -> DelegateTable.Reference? {
            guard let origin = name.parent.flatMap({ origins[$0] }) else { return nil }
            return delegates.reference(to: name, in: origin)
        }

        /// Does the same as ``reference(to:_:)``, and learns the name's origin.
        private mutating func learn(_ name: DomainName, _ delegates: DelegateTable) -> DelegateTable.Reference? {
            if let parent = name.parent?.lowercased, origins[parent] == nil, let origin = delegates.origin(parent) {
                origins[parent] = origin
                originNames[origin] = parent
            }
            return reference(to: name, delegates)
        }

        // MARK: Taking

        /// Makes room for a number of credentials at once.
        package mutating func reserve(_ count: Int) { slots.reserve(count) }

        /// - Parameter digest: `nil` if only the storage can check the key.
        mutating func put(
            _ username: UniqueID, digest: KeyDigest?, scope: Credential.Scope, allowedNetworks: AllowedNetworks,
            expires: Timestamp?, _ delegates: DelegateTable
        ) {
            let owner: CredentialSlots.Owner? =
                switch scope {
                case .delegate(let name): learn(name, delegates).map { .delegate($0) }
                case .group(let label): groups.number(of: label).map { .group($0) }
                }
            let isRestricted = expires != nil || allowedNetworks != .all
            slots.put(
                username, digest: digest, owner: owner,
                restriction: isRestricted
                    ? CredentialSlots.Restriction(allowedNetworks: allowedNetworks, expires: expires) : nil)
        }

        mutating func put(_ credential: Credential, _ delegates: DelegateTable) {
            var digest: KeyDigest?
            if case .digest(let known) = credential.check { digest = known }
            put(
                credential.username, digest: digest, scope: credential.scope, allowedNetworks: credential.allowedNetworks,
                expires: credential.expires, delegates)
        }

        mutating func makeGroup(_ label: OperatorLabel) { groups.make(label) }

        mutating func add(_ member: DomainName, to group: OperatorLabel, _ delegates: DelegateTable) {
            guard let reference = learn(member, delegates), let parent = member.parent?.lowercased else {
                lacksDelegate = true
                return
            }
            groups.add(reference, below: parent, to: group)
        }

        mutating func disable(_ name: DomainName, _ delegates: DelegateTable) {
            if let reference = learn(name, delegates) { disabled.insert(reference) } else { lacksDelegate = true }
        }

        mutating func apply(_ effect: FeedEntry.Effect, _ delegates: DelegateTable) {
            switch effect {
            case .credential(let credential): put(credential, delegates)
            case .credentialEnded(let username): slots.remove(username)
            case .disabled(let name): disable(name, delegates)
            case .enabled(let name):
                if let reference = learn(name, delegates) { disabled.remove(reference) }
            case .deleted(let name):
                if let reference = learn(name, delegates) { delete(reference) }
            case .groupMade(let label): makeGroup(label)
            case .groupDeleted(let label): delete(label)
            case .memberAdded(let name, let group): add(name, to: group, delegates)
            case .memberRemoved(let name, let group):
                if let reference = learn(name, delegates) { groups.remove(reference, from: group) }
            case .enrolled, .published, .withdrawn, .aged, .credentialUsed, .token, .secret: break
            }
        }

        private mutating func delete(_ reference: DelegateTable.Reference) {
            deleted.insert(reference)
            disabled.remove(reference)
            sweep()
        }

        private mutating func delete(_ group: OperatorLabel) {
            groups.delete(group)
            deletedGroups += 1
            sweep()
        }

        /// Removes what belongs to nobody. Not at each deletion: it looks at all credentials.
        private mutating func sweep() {
            guard deleted.count + deletedGroups >= max(Self.maximumDeleted, slots.count / 16) else { return }
            groups.remove(deleted)
            let (gone, left) = (deleted, groups)
            slots.removeAll { owner in
                switch owner {
                case .delegate(let reference): gone.contains(reference)
                case .group(let number): left.label(of: number) == nil
                }
            }
            deleted = []
            deletedGroups = 0
        }
    }
}
