import Delegates
import Logging
import PostgreSQL
import StorageParts
import Synchronization

/// The lease, and looks at the others where the database cannot be reached.
extension Nodes {
    /// Renews the lease regularly.
    func renew() async {
        while !Task.isCancelled {
            let began = ContinuousClock.now
            do {
                try await renewOnce()
            } catch {
                noteTrouble("\(StorageError.database(error))")
            }
            checkWaiting()
            let isUrgent = state.withLock { $0.trouble != nil || !$0.waiting.isEmpty || $0.isListening == false }
            let pause = isUrgent ? Self.lookPeriod : settings.period
            try? await Task.sleep(until: began.advanced(by: pause), clock: .continuous)
        }
    }

    /// Without the database, looks at the other nodes instead.
    func lookAtOthers() async {
        while !Task.isCancelled {
            let began = ContinuousClock.now
            await look()
            try? await Task.sleep(until: began.advanced(by: Self.lookPeriod), clock: .continuous)
        }
    }

    /// How often a node without the database looks at the others.
    static let lookPeriod = Duration.milliseconds(250)

    func renewOnce() async throws {
        let began = ContinuousClock.now
        // After its lease, a node comes back as it came the first time.
        guard let renewed = state.withLock(\.renewed), renewed.duration(to: began) < settings.ownLease else {
            guard try await takeName() else {
                settings.gate.close()
                noteTrouble("another node is named “\(settings.name)”")
                return
            }
            noteTrouble(nil)
            return
        }
        let place = following.place.sequence
        let rows = try await write([
            Statement(
                "UPDATE node SET beat = beat + 1, place = $1 WHERE name = $2 AND instance = $3 RETURNING beat",
                [.integer(Int64(clamping: place.number)), .text(settings.name), .text(instance)]),
            Members.Row.select,
            Statement("SELECT number FROM change_sequence"),
        ])
        let number = try ChangeSequence(stored: rows[2].first?.integer(0) ?? 0)
        note(try rows[1].map { try Members.Row(row: $0) }, began: began, end: number)
        guard rows[0].count == 1 else {
            state.withLock { $0.renewed = nil }
            return
        }
        state.withLock { state in
            state.toldPlace = max(state.toldPlace, place)
            state.renewed = began
            state.looks = nil
        }
        noteTrouble(nil)
        // Until the next renewal a change can only be acknowledged if this node has it, or after its lease.
        openGate(since: began)
        try await compare(place, with: number, renewed: began)
    }

    /// Compares this node's place with the database's, which was read later.
    func compare(
        _ place: ChangeSequence, with number: ChangeSequence, renewed: ContinuousClock.Instant
    ) async throws {
        if number < place {
            try await raiseSequence(to: place)
        } else if number > place {
            changed.yield()
        }
        if number <= place { openGate(since: renewed) }
    }

    func openGate(since began: ContinuousClock.Instant) {
        let left = settings.ownLease - began.duration(to: .now)
        guard left > .zero else { return }
        settings.gate.open(until: settings.gate.now &+ UInt64(left / .nanoseconds(1)))
    }

    /// The database lacks changes that this node has shown: a failover has lost them. New changes get higher numbers than those had.
    func raiseSequence(to place: ChangeSequence) async throws {
        let rows = try await write([
            Statement("SELECT number FROM change_sequence FOR UPDATE"),
            Statement(
                """
                INSERT INTO change_feed (number, part, places, time)
                SELECT number + 1, 0, $1 - number, $2 FROM change_sequence WHERE number < $1
                """, [.integer(Int64(clamping: place.number)), .integer(started.secondsSinceEpoch)]),
            Statement(
                "UPDATE change_sequence SET number = $1, shown_number = $1 WHERE number < $1",
                [.integer(Int64(clamping: place.number))]),
        ])
        let number = try ChangeSequence(stored: rows[0].first?.integer(0) ?? 0)
        guard number < place else { return }
        lostChanges.wrappingAdd(place.number - number.number, ordering: .relaxed)
        logger.critical(
            "the database has lost changes that were acknowledged: this node goes on answering with them",
            metadata: ["storage.change": "\(number.number)", "storage.lost_changes": "\(place.number - number.number)"])
    }

    /// Without the database: asks the others whether they show more than this node.
    func look() async {
        let (peers, renewed) = state.withLock { state in
            (state.members.others, state.renewed)
        }
        let began = ContinuousClock.now
        guard let renewed, renewed.duration(to: began) >= settings.ownLease / 2 else { return }
        let answers = await withTaskGroup { group in
            for peer in peers {
                group.addTask { [settings] in
                    let answer = peer.row.address.isEmpty ? .silent : await settings.ask(peer.row.address)
                    // A node that was out before cannot be missed. It counts if it has come back.
                    return (peer.row.name, answer == .silent && peer.isOut ? .absent : answer)
                }
            }
            var answers: [String: PeerAnswer] = [:]
            for await (name, answer) in group { answers[name] = answer }
            return answers
        }
        let mayAnswer = state.withLock { state in
            // A renewal that has come through meanwhile is better than looks.
            guard state.renewed == renewed else { return true }
            var looks = state.looks ?? PeerLooks()
            looks.take(answers, shown: settings.shown())
            state.looks = looks
            return looks.mayAnswer
        }
        guard mayAnswer else { return }
        let left = Members.lookValidity - began.duration(to: .now)
        guard left > .zero, renewed.duration(to: .now) > settings.ownLease - Members.lookValidity else { return }
        settings.gate.open(until: settings.gate.now &+ UInt64(left / .nanoseconds(1)))
    }
}
