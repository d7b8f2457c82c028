import Authority
package import DNS
package import DNSSEC
package import Delegates

/// Changes of keys that an operator asks for.
extension SignedZones {
    /// Changes a zone's keys as an operator asks.
    ///
    /// - Returns: the zone's status after that.
    package func change(
        _ apex: DomainName, _ change: KeyChange, now: Timestamp
    ) throws(KeyChangeRefusal) -> SigningStatus {
        try self.change { state throws(KeyChangeRefusal) in
            guard state.configured.zone(withApex: apex) != nil else { throw .noSuchZone }
            guard var zone = state.zones[apex], let folder = state.folder else { throw .hasNoKeys }
            // While servers agree, no key is made: what becomes of the open proposal decides about the keys that it made.
            if let shared, shared.isAgreeing(on: apex) { throw .keyFolder(.agreeing(apex: apex, proposal: nil)) }
            if change == .confirm {
                // Only what resolvers told in the last ten minutes contradicts the operator.
                let parent = parentHere(of: zone, in: state) ?? told(of: zone, within: .seconds(600), now: now)
                if let contradiction = zone.contradiction(by: parent) { throw .contradicted(contradiction) }
            }
            try make(change, of: &zone, folder, timing(of: apex, in: state))
            removeUnused(from: &zone, folder)
            zone.forgetParent()
            state.zones[apex] = zone
            report(.stageChanged(SigningEvent.Keys(zone)))
            apply(to: &state, now: now)
            return status(of: zone, in: state, now: now)
        }
    }

    /// Makes a change, with the keys that it needs, and stores it.
    private func make(
        _ change: KeyChange, of zone: inout SignedZone, _ folder: any KeyStore, _ timing: ZoneKeys.Timing
    ) throws(KeyChangeRefusal) {
        // A change that may not begin makes no keys.
        let needed: [ZoneKeys.Key]
        do { needed = try zone.keys.keysNeeded(for: change) } catch { throw .notNow(error) }
        let former = zone.keys
        var made: [SigningKey] = []
        var new: [ZoneKeys.Key] = []
        func failure(_ failure: KeyFolder.Failure) -> KeyChangeRefusal {
            if failure.leavesFormerState { for key in made { folder.remove(key, of: zone.apex) } }
            return .keyFolder(failure)
        }
        do {
            for key in needed {
                made.append(try makeKey(key.algorithm, key.role, of: &zone, folder))
                new.append(ZoneKeys.Key(made[made.count - 1], role: key.role, isAdopted: !folder.makesKeys))
            }
        } catch {
            throw failure(error)
        }
        do { try zone.keys.make(change, with: new, timing) } catch { throw .notNow(error) }
        do { try folder.keep(zone.keys, of: zone.apex, after: former) } catch { throw failure(error) }
    }

    /// Makes a key or, where none is made, takes one that was given and is not used yet.
    private func makeKey(
        _ algorithm: SigningAlgorithm, _ role: ZoneKeys.Role, of zone: inout SignedZone, _ folder: any KeyStore
    ) throws(KeyFolder.Failure) -> SigningKey {
        let tags = zone.keys.takenTags.union(zone.secrets.keys)
        var key: SigningKey?
        if !folder.makesKeys {
            key = try folder.unusedKeys(of: zone.apex, besides: tags).first {
                $0.algorithm == algorithm && $0.isSecureEntryPoint == (role != .zoneSigning)
            }
        }
        let made = if let key { key } else { try folder.makeKey(algorithm, role, of: zone.apex, besides: tags) }
        zone.secrets[made.tag] = made
        return made
    }
}

extension ZoneKeys {
    /// The keys that a change needs; none of them is made yet.
    ///
    /// - Throws: the reason why the change cannot begin.
    fileprivate func keysNeeded(for change: KeyChange) throws(Refusal) -> [Key] {
        var trial = self
        switch change {
        case .replace(let role):
            let role = role ?? entryRole
            guard let algorithm = algorithm(of: role) else { throw .noSuchKey(role) }
            let key = Key.trial(algorithm, role)
            try trial.replace(by: key)
            return [key]
        case .replaceAll(let algorithm):
            let new = keys.map { Key.trial(algorithm, $0.role) }
            try trial.replaceAll(by: new)
            return new
        case .cancel, .confirm: return []
        }
    }

    /// - Parameter new: the keys that the change needs.
    fileprivate mutating func make(_ change: KeyChange, with new: [Key], _ timing: Timing) throws(Refusal) {
        switch change {
        case .replace: for key in new { try replace(by: key) }
        case .replaceAll: try replaceAll(by: new)
        case .cancel: try cancel()
        case .confirm: try confirmParent(timing: timing)
        }
    }

    /// The role of the key whose DS the parent has.
    private var entryRole: Role { keys.contains { $0.role == .combined && !$0.isIncoming } ? .combined : .keySigning }

    /// - Returns: `nil` if there is no key of this role.
    func algorithm(of role: Role) -> SigningAlgorithm? { keys.last { $0.role == role && !$0.isIncoming }?.algorithm }
}
