import Delegates
import Testing

@testable import PostgreSQLStorage

/// Who is waited for. Time and rows are handed in.
struct MembersTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    private func row(_ name: String, beat: Int64, place: UInt64, instance: String = "first") -> Members.Row {
        Members.Row(
            name: name, instance: instance, version: "1", address: "192.0.2.1:53", beat: beat, lease: .seconds(5),
            place: ChangeSequence(place), started: Timestamp(secondsSinceEpoch: 0))
    }

    /// Node “a” with two others, of which “c” is behind.
    private func members() -> Members {
        var members = Members(own: "a")
        members.take(
            [row("a", beat: 1, place: 7), row("b", beat: 1, place: 8), row("c", beat: 1, place: 7)], began: at(0), ended: at(0),
            shown: ChangeSequence(8))
        return members
    }

    @Test func `a change waits for each node that is alive, and not for this one`() {
        var members = members()
        #expect(members.missing(for: ChangeSequence(8), at: at(0)) == ["c"])
        #expect(members.missing(for: ChangeSequence(9), at: at(0)) == ["b", "c"])
        members.take(place: ChangeSequence(8), of: "c", instance: "first", shown: ChangeSequence(8), at: at(0.1))
        #expect(members.missing(for: ChangeSequence(8), at: at(0.1)) == [])
    }

    @Test func `a node whose row stays as it is for its lease is out`() {
        var members = members()
        // The clock alone proves nothing: this node may have been stopped.
        #expect(members.missing(for: ChangeSequence(8), at: at(100)) == ["c"])
        members.take(
            [row("a", beat: 4, place: 8), row("b", beat: 4, place: 8), row("c", beat: 1, place: 7)], began: at(4.9),
            ended: at(4.95), shown: ChangeSequence(8))
        #expect(members.missing(for: ChangeSequence(8), at: at(4.95)) == ["c"])
        members.take(
            [row("a", beat: 5, place: 8), row("b", beat: 5, place: 8), row("c", beat: 1, place: 7)], began: at(5),
            ended: at(5.1), shown: ChangeSequence(8))
        #expect(members.missing(for: ChangeSequence(8), at: at(5.1)) == [])
    }

    @Test func `a reading that began before the lease was over does not end it`() {
        var members = members()
        members.take(
            [row("a", beat: 5, place: 8), row("b", beat: 5, place: 8), row("c", beat: 1, place: 7)], began: at(4), ended: at(9),
            shown: ChangeSequence(8))
        #expect(members.missing(for: ChangeSequence(8), at: at(9)) == ["c"])
    }

    @Test func `a node that is out may have looked just before: the first change that it lacks waits a moment`() {
        var members = members()
        let rows = [row("a", beat: 9, place: 8), row("b", beat: 9, place: 8), row("c", beat: 1, place: 8)]
        members.take(rows, began: at(6), ended: at(6), shown: ChangeSequence(8))
        members.noteShown(ChangeSequence(9), at: at(7))
        members.take(place: ChangeSequence(9), of: "b", instance: "first", shown: ChangeSequence(9), at: at(7))
        #expect(members.missing(for: ChangeSequence(9), at: at(7.9)) == ["c"])
        #expect(members.missing(for: ChangeSequence(9), at: at(8.1)) == [])
        // It has seen by now that it is behind, and the next change need not wait.
        members.noteShown(ChangeSequence(10), at: at(8.2))
        members.take(place: ChangeSequence(10), of: "b", instance: "first", shown: ChangeSequence(10), at: at(8.2))
        #expect(members.missing(for: ChangeSequence(10), at: at(8.2)) == [])
    }

    @Test func `a node that has caught up and falls silent again gets that moment again`() {
        var members = members()
        members.take(place: ChangeSequence(8), of: "c", instance: "first", shown: ChangeSequence(9), at: at(1))
        members.take(place: ChangeSequence(9), of: "b", instance: "first", shown: ChangeSequence(9), at: at(1))
        let rows = [row("a", beat: 9, place: 9), row("b", beat: 9, place: 9), row("c", beat: 1, place: 8)]
        members.take(rows, began: at(6), ended: at(6), shown: ChangeSequence(9))
        #expect(members.missing(for: ChangeSequence(9), at: at(6)) == [])
        members.take(place: ChangeSequence(9), of: "c", instance: "first", shown: ChangeSequence(10), at: at(7))
        #expect(members.missing(for: ChangeSequence(10), at: at(7.5)) == ["b", "c"])
    }

    @Test func `a reading that began before a node came does not remove it`() {
        var members = members()
        let all = [row("a", beat: 1, place: 8), row("b", beat: 1, place: 8), row("c", beat: 1, place: 8)]
        members.take(all + [row("d", beat: 1, place: 8)], began: at(1), ended: at(3), shown: ChangeSequence(8))
        members.take(all, began: at(2), ended: at(4), shown: ChangeSequence(8))
        #expect(members.missing(for: ChangeSequence(9), at: at(4)) == ["b", "c", "d"])
        members.take(all, began: at(5), ended: at(6), shown: ChangeSequence(8))
        #expect(members.missing(for: ChangeSequence(9), at: at(6)) == ["b", "c"])
    }

    @Test func `a node that has started again is another one, and one that has left is waited for no longer`() {
        var members = members()
        let again = row("c", beat: 2, place: 8, instance: "second")
        members.take([row("a", beat: 9, place: 8), again], began: at(6), ended: at(6), shown: ChangeSequence(9))
        #expect(members.missing(for: ChangeSequence(9), at: at(6)) == ["c"])
        // What the process before it has told counts no longer.
        members.take(place: ChangeSequence(9), of: "c", instance: "first", shown: ChangeSequence(9), at: at(6))
        #expect(members.missing(for: ChangeSequence(9), at: at(6)) == ["c"])
    }
}

/// What a node without the database concludes from the others.
struct PeerLooksTests {
    @Test func `a node that is not behind the others goes on`() {
        var looks = PeerLooks()
        looks.take(["b": .shows(7), "c": .shows(6)], shown: 7)
        #expect(looks.mayAnswer)
        looks.take(["b": .shows(8), "c": .shows(6)], shown: 7)
        #expect(!looks.mayAnswer)
        looks.take(["b": .absent, "c": .shows(7)], shown: 7)
        #expect(!looks.mayAnswer, "It stays behind until it has the database again.")
    }

    @Test func `a silent node may know more, until it answers again`() {
        var looks = PeerLooks()
        looks.take(["b": .shows(7), "c": .silent], shown: 7)
        #expect(!looks.mayAnswer)
        // Its process is gone now: what it had acknowledged while it was silent is not known.
        looks.take(["b": .shows(7), "c": .absent], shown: 7)
        #expect(!looks.mayAnswer)
        looks.take(["b": .shows(7), "c": .shows(7)], shown: 7)
        #expect(looks.mayAnswer)
    }

    @Test func `a node that was never seen may be elsewhere than its address says`() {
        var looks = PeerLooks()
        looks.take(["b": .absent], shown: 7)
        #expect(!looks.mayAnswer)
    }

    @Test func `a node that is gone, and was seen until then, keeps nobody back`() {
        var looks = PeerLooks()
        looks.take(["b": .shows(7), "c": .shows(7)], shown: 7)
        looks.take(["b": .shows(7), "c": .absent], shown: 7)
        #expect(looks.mayAnswer)
    }
}
