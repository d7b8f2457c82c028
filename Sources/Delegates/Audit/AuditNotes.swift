package import DNS

/// Writes into the audit log what changes nothing else: who was refused, and that the configuration was read anew.
///
/// A caller does not wait for it: ``run()`` writes what was noted. Refusals are written in part only: a client could fill the storage
/// with them otherwise.
package final class AuditNotes: Sendable {
    private let storage: any DelegateStorage
    private let clock: SteadyClock
    private let ofNetwork = PeriodLimit<IPNetwork?>(period: .seconds(60))
    private let ofAll = PeriodLimit<Bool>(period: .seconds(3600))
    /// The limits above bound what waits.
    private let waiting: AsyncStream<Note>
    private let noted: AsyncStream<Note>.Continuation

    private struct Note: Sendable {
        var change: Change
        var actor: Actor
        var time: Timestamp
    }

    /// So many refusals of one network (IPv4 /24, IPv6 /48) are written in a minute.
    package static let maximumOfNetwork = 10
    /// So many of all together are written in an hour: at most 24,000 a day, so that strangers cannot push what matters out of a log that
    /// has a maximum.
    package static let maximumOfAll = 1000

    package init(storage: any DelegateStorage, clock: SteadyClock) {
        self.storage = storage
        self.clock = clock
        (waiting, noted) = AsyncStream.makeStream(of: Note.self)
    }

    // MARK: Writing

    /// Writes what is noted until ``finish()`` is called, and what was noted before that. To be called once.
    package func run() async {
        for await note in waiting {
            // If the storage is in trouble, that is told elsewhere.
            _ = try? await storage.commit(note.change, by: note.actor, at: note.time)
        }
    }

    /// What is noted from now on is not written.
    package func finish() { noted.finish() }

    // MARK: Noting

    /// Why a credential was not taken. Its client is never told.
    package enum Reason: String, Sendable {
        case unknownKey = "unknown key"
        case wrongSecret = "wrong secret"
        case otherDelegate = "another delegate"
        case expired
        case address
        case disabled
        case token = "registration token"
        case operatorToken = "operator token"
    }

    /// - Parameter credential: the one that was meant, if there is such a one.
    package func refused(_ reason: Reason, of credential: Credential?, from address: IPAddress?) {
        let now = clock.now
        guard ofNetwork.count(address.map { IPNetwork(partyOf: $0) }, maximum: Self.maximumOfNetwork, now: now) == nil,
            ofAll.count(true, maximum: Self.maximumOfAll, now: now) == nil
        else { return }
        let detail = reason.rawValue + (credential.map { ", key \($0.username)" } ?? "")
        write(.note(.refused, delegate: credential?.delegate, detail: detail), by: Actor(.visitor, from: address), at: now)
    }

    package func configurationReloaded() {
        write(.note(.configurationReloaded, delegate: nil, detail: nil), by: Actor(.operator, from: nil), at: clock.now)
    }

    /// An operator began, turned back or confirmed a change of a zone's keys.
    package func keysChanged(of zone: DomainName, stage: String) {
        write(
            .note(.signingKeysChanged, delegate: nil, detail: "\(zone.withoutFinalDot) \(stage)"),
            by: Actor(.operator, from: nil), at: clock.now)
    }

    private func write(_ note: Change, by actor: Actor, at now: Timestamp) {
        noted.yield(Note(change: note, actor: actor, time: now))
    }
}
