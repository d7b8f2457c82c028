import Delegates
import PostgreSQL
import StorageParts

/// What this node knows of the others: a value, which time and rows are handed to.
///
/// A node is out when its row has not changed for the time of its lease, by the clock of the node that looks: no clock of another machine
/// counts, and none can be set.
struct Members: Sendable {
    /// The row of a node.
    struct Row: Hashable, Sendable {
        var name: String
        var instance: String
        var version: String
        var address: String
        var beat: Int64
        var lease: Duration
        var place: ChangeSequence
        var started: Timestamp
    }

    struct Member: Sendable {
        var row: Row
        /// When the beat was seen for the first time.
        var beatSeen: ContinuousClock.Instant
        /// When the row was read last; the moment before the reading began.
        var lastRead: ContinuousClock.Instant
        /// When a reading that showed it ended last.
        var lastSeen: ContinuousClock.Instant
        /// Since when this node shows more than that one has confirmed; `nil` if it does not.
        var behindSince: ContinuousClock.Instant?

        /// Whether its lease is over, as far as was read.
        var isOut: Bool { beatSeen.duration(to: lastRead) >= row.lease }
    }

    let own: String
    private(set) var all: [String: Member] = [:]

    /// How long a node without the database answers after it has looked at the others: see ``PeerLooks``.
    static let lookValidity = Duration.milliseconds(750)
    /// How long others wait, after a change is visible, for a node that is out and may just have looked. A little longer than that.
    static let margin = Duration.seconds(1)

    init(own: String) { self.own = own }

    var others: [Member] { all.values.filter { $0.row.name != own }.sorted { $0.row.name < $1.row.name } }

    /// Takes the rows that were read.
    ///
    /// - Parameters:
    ///   - began: the moment before they were read.
    ///   - ended: the moment after.
    ///   - shown: the last change that this node shows.
    mutating func take(
        _ rows: [Row], began: ContinuousClock.Instant, ended: ContinuousClock.Instant, shown: ChangeSequence
    ) {
        var members: [String: Member] = [:]
        for row in rows {
            guard var member = all[row.name], member.row.instance == row.instance else {
                members[row.name] = Member(row: row, beatSeen: ended, lastRead: began, lastSeen: ended)
                continue
            }
            member.lastSeen = max(member.lastSeen, ended)
            if member.row.beat != row.beat { member.beatSeen = ended }
            // What was told meanwhile can be newer than what was read.
            let place = max(member.row.place, row.place)
            if place > member.row.place { member.behindSince = nil }
            member.row = row
            member.row.place = place
            member.lastRead = max(member.lastRead, began)
            members[row.name] = member
        }
        // A reading that began before another one ended knows nothing of what that one has shown.
        for (name, member) in all where member.lastSeen > began && members[name]?.row.instance != member.row.instance {
            members[name] = member
        }
        all = members
        noteShown(shown, at: ended)
    }

    /// Takes what a node has told of its place.
    mutating func take(
        place: ChangeSequence, of name: String, instance: String, shown: ChangeSequence, at now: ContinuousClock.Instant
    ) {
        guard var member = all[name], member.row.instance == instance, member.row.place < place else { return }
        member.row.place = place
        member.behindSince = nil
        all[name] = member
        noteShown(shown, at: now)
    }

    /// Notes that this node shows all changes up to one.
    mutating func noteShown(_ shown: ChangeSequence, at now: ContinuousClock.Instant) {
        for (name, member) in all where member.behindSince == nil && member.row.place < shown {
            all[name]?.behindSince = now
        }
    }

    /// The names of the nodes that a change still waits for.
    func missing(for place: ChangeSequence, at now: ContinuousClock.Instant) -> [String] {
        others.filter { member in
            guard member.row.place < place else { return false }
            guard member.isOut, let since = member.behindSince else { return true }
            return since.duration(to: now) < Self.margin
        }.map(\.row.name)
    }
}

extension Members.Row {
    static let select = Statement(
        "SELECT name, instance, version, addresses, beat, lease_milliseconds, place, started_at FROM node")

    init(row: ResultRow) throws {
        self.init(
            name: try row.text(0), instance: try row.text(1), version: try row.text(2), address: try row.text(3),
            beat: try row.integer(4), lease: .milliseconds(try row.integer(5)),
            place: try ChangeSequence(stored: row.integer(6)), started: try row.moment(7))
    }
}
