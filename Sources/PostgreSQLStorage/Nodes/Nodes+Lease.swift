import Delegates
import Foundation
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

    func beginRenewal() -> Renewal { Renewal(began: .now, gateTime: settings.gate.now) }

    /// Whether a renewal still holds: others have not counted this node out.
    func isGood(_ renewal: Renewal) -> Bool { renewal.began.duration(to: .now) < settings.ownLease }

    func renewOnce() async throws {
        let (former, isAway) = state.withLock { ($0.renewal, $0.isReloading || $0.isForeign) }
        guard !isAway else { return }
        try checkProgress()
        // After its lease, a node comes back as it came the first time.
        guard let former, isGood(former) else {
            guard try await takeName() else {
                settings.gate.close()
                noteTrouble("another node is named “\(settings.name)”")
                return
            }
            noteTrouble(nil)
            return
        }
        let renewal = beginRenewal()
        let place = following.place.sequence
        // Durable as changes are. With a synchronous replica, a former primary that is cut off from it renews no lease.
        let rows = try await write(
            isDurable: true,
            [
                Statement(
                    """
                    UPDATE node SET beat = greatest(beat + 1, $4), place = $1 WHERE name = $2 AND instance = $3 RETURNING beat
                    """,
                    [
                        .integer(Int64(clamping: place.number)), .text(settings.name), .text(instance),
                        .integer(state.withLock(\.beat) + 1),
                    ]),
                Members.Row.select,
                Following.lastPlace,
                DatabaseClock.statement,
            ])
        try settings.clock?.take(rows[3], began: renewal.began)
        let end = try FeedPlace(row: rows[2].first)
        guard end.feed == following.place.feed else { return await becomeForeign() }
        let number = end.sequence
        note(try rows[1].map { try Members.Row(row: $0) }, began: renewal.began, end: number)
        guard let beat = try rows[0].first?.integer(0) else {
            settings.gate.close()
            state.withLock { $0.renewal = nil }
            return try await renewOnce()
        }
        // If it took so long that others counted this node out meanwhile, changes may have passed it.
        guard isGood(former) else {
            state.withLock { $0.renewal = nil }
            return try await renewOnce()
        }
        state.withLock { state in
            state.toldPlace = max(state.toldPlace, place)
            state.beat = max(state.beat, beat)
            state.renewal = renewal
            state.looks = nil
        }
        noteTrouble(nil)
        try await compare(place, with: number)
    }

    /// A node that gets no further, although there are changes, lets its lease end: it would hold up all others.
    func checkProgress() throws {
        let place = following.place.sequence
        let isStuck =
            following.isBlocked
            || state.withLock { state in
                guard state.end > place, let progress = state.progress, progress.place == place else {
                    state.progress = (place, .now)
                    return false
                }
                return progress.at.duration(to: .now) > settings.lease
            }
        if isStuck {
            changed.yield()
            throw StorageError.unavailable("this node does not get beyond the change \(place.number)")
        }
    }

    /// Compares this node's place with the database's, which was read later.
    func compare(_ place: ChangeSequence, with number: ChangeSequence) async throws {
        if number < place {
            try await raiseSequence(to: place)
        } else if number > place {
            changed.yield()
        }
        openGate()
    }

    /// Opens the gate as long as the last renewal holds, if this node has all that was changed before it came. After that, a change can
    /// only be acknowledged if this node has it, or after its lease.
    func openGate() {
        let (renewal, joined, isForeign) = state.withLock { ($0.renewal, $0.joined, $0.isForeign) }
        guard let renewal, following.place.sequence >= joined, !isForeign else { return }
        settings.gate.open(until: renewal.gateTime &+ Self.nanoseconds(settings.ownLease))
    }

    static func nanoseconds(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000)
    }

    /// The database lacks changes that this node has shown: a failover has lost them. New changes get higher numbers than those had.
    func raiseSequence(to place: ChangeSequence) async throws {
        let now = Int64(Date().timeIntervalSince1970)
        let rows = try await write(
            isDurable: true,
            [
                Statement("SELECT number FROM change_sequence FOR UPDATE"),
                Statement(
                    """
                    INSERT INTO change_feed (number, part, places, time)
                    SELECT number + 1, 0, $1 - number, $2 FROM change_sequence WHERE number < $1
                    """, [.integer(Int64(clamping: place.number)), .integer(now)]),
                Statement(
                    "UPDATE change_sequence SET number = $1, shown_number = $1 WHERE number < $1",
                    [.integer(Int64(clamping: place.number))]),
            ])
        let number = try ChangeSequence(stored: rows[0].first?.integer(0) ?? 0)
        guard number < place else { return }
        noteLoss(from: number, to: place)
    }

    /// Tells loudly that the database lacks changes that were shown.
    func noteLoss(from number: ChangeSequence, to place: ChangeSequence) {
        lostChanges.wrappingAdd(place.number - number.number, ordering: .relaxed)
        logger.critical(
            "the database has lost changes that were acknowledged: this node goes on answering with them",
            metadata: ["storage.change": "\(number.number)", "storage.lost_changes": "\(place.number - number.number)"])
    }

    /// The last change that this node or, as far as it knows, another has shown. New changes must get higher numbers.
    var highestShown: ChangeSequence {
        let others = state.withLock { $0.members.all.values.map(\.row.place).max() }
        return max(following.place.sequence, others ?? ChangeSequence(0))
    }

    /// Without the database: asks the others whether they show more than this node.
    func look() async {
        let (peers, renewal, joined) = state.withLock { ($0.members.others, $0.renewal, $0.joined) }
        let now = beginRenewal()
        guard let renewal, renewal.began.duration(to: now.began) >= settings.ownLease / 2,
            following.place.sequence >= joined
        else { return }
        let answers = await withTaskGroup { group in
            for peer in peers {
                group.addTask { [settings] in
                    let answer = peer.row.address.isEmpty ? .silent : await settings.ask(peer.row.address)
                    return (peer, answer)
                }
            }
            var answers: [String: PeerAnswer] = [:]
            for await (peer, answer) in group {
                // A node that was out before cannot be missed. It counts if it has come back.
                if case .shows = answer {
                    answers[peer.row.name] = answer
                } else if !peer.isOut {
                    answers[peer.row.name] = answer
                }
            }
            return answers
        }
        let mayAnswer = state.withLock { state in
            // A renewal that has come through meanwhile knows better.
            guard state.renewal == renewal, !state.isForeign else { return false }
            var looks = state.looks ?? PeerLooks()
            looks.take(answers, shown: settings.shown())
            state.looks = looks
            return looks.mayAnswer
        }
        // Not before the lease itself ends: that would shorten it.
        guard mayAnswer, renewal.began.duration(to: now.began) > settings.ownLease - Members.lookValidity else { return }
        settings.gate.open(until: now.gateTime &+ Self.nanoseconds(Members.lookValidity))
    }
}
