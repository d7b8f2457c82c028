import Authority
import CClock
import Delegates
import Glibc
import NIOCore
import Sockets

/// One TCP connection of a ``TCPLoop``.
///
/// It holds at most one incomplete message and the octets of one read, and the responses that its client has not taken. While there are any
/// of those, no more of its queries are answered or read.
final class TCPConnection {
    let descriptor: CInt
    let ticket: Connections.Ticket
    /// When a whole message last came, or a client that takes its responses slowly had taken all of them, in steady nanoseconds.
    private(set) var lastProgress: UInt64
    /// What the loop was last told to wait for.
    var awaited = Readiness.readable
    private var stream: MessageStream
    /// Received octets that are not answered yet.
    private var unanswered: [UInt8] = []
    /// Responses that the system has not taken.
    private var unsent = ByteBuffer()
    /// Further octets from the client are ignored.
    private var closesWhenSent = false

    /// What to wait for before the connection has its next turn.
    enum Readiness {
        case readable
        case writable
    }

    /// What the connections of a loop use, one after the other.
    final class Workplace {
        let loop: LoopResponder
        let parts: ListenerParts
        var now: Timestamp
        var steadyNow = monotonic_nanoseconds()
        fileprivate var received = [UInt8](repeating: 0, count: 16_384)
        fileprivate var responses = ByteBuffer()

        init(parts: ListenerParts) {
            loop = LoopResponder(.tcp, parts.responder, statistics: parts.statistics)
            self.parts = parts
            now = parts.clock.now
        }

        /// Catches up with what has changed during a wait.
        func refresh() {
            loop.refresh()
            now = parts.clock.now
            steadyNow = monotonic_nanoseconds()
        }
    }

    init(descriptor: CInt, ticket: Connections.Ticket, client: IPAddress, steadyNow: UInt64) {
        self.descriptor = descriptor
        self.ticket = ticket
        stream = MessageStream(client: client)
        lastProgress = steadyNow
    }

    /// Reads, answers and sends what is possible without waiting: the octets of one read, and about 64 KiB of responses.
    ///
    /// - Returns: `nil` if the connection is over.
    func takeTurn(_ workplace: Workplace) -> Readiness? {
        if awaited == .writable {
            if unsent.readableBytes > 0 {
                guard let sent = send(unsent) else { return nil }
                unsent.moveReaderIndex(forwardBy: sent)
                guard unsent.readableBytes == 0 else { return .writable }
                noteProgress(workplace)
                unsent = ByteBuffer()
            }
            guard !closesWhenSent else { return nil }
            return answerUnanswered(workplace)
        }
        switch receive(into: &workplace.received) {
        case .nothing: return .readable
        // All queries are answered, or nothing would have been read.
        case .end: return nil
        case .octets(let count):
            guard unanswered.isEmpty else {
                unanswered.append(contentsOf: workplace.received[..<count])
                return answerUnanswered(workplace)
            }
            let progress = answer(workplace.received.span.extracting(first: count), workplace)
            if progress.consumed < count { unanswered = Array(workplace.received[progress.consumed..<count]) }
            return next(progress, workplace)
        }
    }

    private func answerUnanswered(_ workplace: Workplace) -> Readiness? {
        let progress = answer(unanswered.span, workplace)
        unanswered.removeFirst(progress.consumed)
        return next(progress, workplace)
    }

    private func answer(_ octets: Span<UInt8>, _ workplace: Workplace) -> MessageStream.Progress {
        workplace.responses.clear()
        return stream.answer(
            octets, with: workplace.loop, at: workplace.now, tap: workplace.parts.tap, into: &workplace.responses)
    }

    /// Sends the responses.
    private func next(_ progress: MessageStream.Progress, _ workplace: Workplace) -> Readiness? {
        if workplace.responses.readableBytes > 0 {
            // Before the client has its response: another thread may look for the connection without progress for longest at once.
            noteProgress(workplace)
            guard let sent = send(workplace.responses) else { return nil }
            if sent < workplace.responses.readableBytes {
                unsent.writeImmutableBuffer(
                    workplace.responses.getSlice(
                        at: workplace.responses.readerIndex + sent, length: workplace.responses.readableBytes - sent)
                        ?? ByteBuffer())
            }
        }
        switch progress.outcome {
        case .isForeign:
            closesWhenSent = true
            return unsent.readableBytes > 0 ? .writable : nil
        case .hasMore: return .writable
        case .answeredAll: return unsent.readableBytes > 0 ? .writable : .readable
        }
    }

    private func noteProgress(_ workplace: Workplace) {
        guard lastProgress != workplace.steadyNow else { return }
        lastProgress = workplace.steadyNow
        workplace.parts.connections.madeProgress(ticket)
    }

    private enum Received {
        case octets(Int)
        case nothing
        /// The client has finished, or the connection is broken.
        case end
    }

    private func receive(into buffer: inout [UInt8]) -> Received {
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count > 0 { return .octets(count) }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? .nothing : .end
    }

    /// - Returns: the number of octets that the system has taken; `nil` if the connection is broken.
    private func send(_ octets: ByteBuffer) -> Int? {
        let count = unsafe octets.withUnsafeReadableBytes {
            unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
        }
        if count >= 0 { return count }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }
}
