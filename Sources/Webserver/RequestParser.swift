import Hummingbird
import NIOCore
import NIOHTTP1

/// Reads HTTP/1.1 and HTTP/1.0 requests, one after the other, from octets that may come in any pieces (RFC 9112).
///
/// SwiftNIO's parser is not used. It keeps what one request says for the next one, takes trailers for headers, stops for ever after
/// a request for another protocol, and knows the methods of RTSP. What proxies and it could read in two ways had to be refused
/// before it anyway.
///
/// After a trailer `Connection: close`, SwiftNIO's parser (llhttp) refused the next request on a proxy's connection: another client's
/// update. It takes no blank after a length, and has no bound on chunk extensions.
struct RequestParser {
    enum Part {
        case head(RequestHead)
        /// Some octets of the body.
        case body(ByteBuffer)
        case end
    }

    private enum State {
        case requestLine
        case fields(RequestLine)
        /// The number of octets.
        case body(remaining: Int)
        case chunkLine
        case chunk(remaining: Int)
        case chunkEnd
        case trailers
        case ended
    }

    /// All that is kept of a request while it is read. The next request gets a new one.
    private struct Reading {
        var state = State.requestLine
        var method = HTTPMethod.GET
        var version = HTTPVersion.http1_1
        var fields = FieldSection()
        /// The length of the body's chunks so far, in octets.
        var length = 0
        /// The length of the lines before chunks, without their ends.
        var chunkLineOctets = 0
    }

    private var held = HeldOctets()
    private var reading = Reading()

    /// The method and the version of the request whose parts were returned last, or that was refused; GET and HTTP/1.1 while they
    /// are unknown.
    var method: HTTPMethod { reading.method }
    var version: HTTPVersion { reading.version }

    /// The number of octets that have not been read yet.
    var heldCount: Int { held.count }

    /// Whether a request has begun and is not complete.
    var isWithinRequest: Bool {
        switch reading.state {
        case .requestLine, .ended: held.count > 0
        case .fields, .body, .chunkLine, .chunk, .chunkEnd, .trailers: true
        }
    }

    /// Whether the held octets contain the whole next request, or enough of it to refuse it.
    var hasNextRequest: Bool {
        var ahead = self
        do throws(ProtocolError) {
            while let part = try ahead.next() {
                if case .end = part { return true }
            }
            return false
        } catch {
            return true
        }
    }

    mutating func append(_ octets: ByteBuffer) { held.append(octets) }

    /// Discards what is held after the first octets.
    mutating func keep(first length: Int) { held.keep(first: length) }

    /// The next part of the request, or of the next request after ``Part/end``.
    ///
    /// - Returns: `nil` if more octets are needed.
    /// - Throws: ``ProtocolError``, after which the rest cannot be understood.
    mutating func next() throws(ProtocolError) -> Part? {
        while true {
            switch reading.state {
            case .ended:
                reading = Reading()
            case .requestLine:
                guard let line = try takeRequestLine() else { return nil }
                reading.method = line.method
                reading.version = line.version
                reading.state = .fields(line)
            case .fields(let line):
                guard let field = try takeFieldLine() else { return nil }
                guard LineOctets.isEmpty(field) else {
                    try reading.fields.add(field)
                    continue
                }
                return .head(try endHead(line))
            case .body(remaining: 0):
                reading.state = .ended
                return .end
            case .body(let remaining):
                guard let octets = take(atMost: remaining) else { return nil }
                reading.state = .body(remaining: remaining - octets.readableBytes)
                return .body(octets)
            case .chunkLine:
                guard let line = try takeChunkLine() else { return nil }
                reading.length += line.length
                reading.state = line.length == 0 ? .trailers : .chunk(remaining: line.length)
            case .chunk(remaining: 0):
                reading.state = .chunkEnd
            case .chunk(let remaining):
                guard let octets = take(atMost: remaining) else { return nil }
                reading.state = .chunk(remaining: remaining - octets.readableBytes)
                return .body(octets)
            case .chunkEnd:
                guard held.count >= 2 || held.count == 1 && held.view.first != LineOctets.carriageReturn else { return nil }
                guard let end = held.take(2), LineOctets.isEmpty(end.readableBytesView) else {
                    throw .malformed("a chunk does not end where its length says")
                }
                reading.state = .chunkLine
            case .trailers:
                guard let field = try takeFieldLine() else { return nil }
                guard LineOctets.isEmpty(field) else {
                    try reading.fields.passTrailer(field)
                    continue
                }
                reading.state = .ended
                return .end
            }
        }
    }

    private mutating func takeRequestLine() throws(ProtocolError) -> RequestLine? {
        while let first = held.view.first {
            reading.method = RequestLine.method(beginning: held.view)
            guard RequestLine.canBegin(with: first) else { throw .malformed("it does not begin with a method") }
            guard let line = held.takeLine() else {
                try RequestLine.checkLengths(held.view)
                return nil
            }
            if !LineOctets.isEmpty(line) { return try RequestLine(line) }
        }
        return nil
    }

    private mutating func takeFieldLine() throws(ProtocolError) -> ByteBufferView? {
        guard let line = held.takeLine() else {
            try reading.fields.checkRoom(for: held.count)
            return nil
        }
        return line
    }

    private mutating func endHead(_ line: RequestLine) throws(ProtocolError) -> RequestHead {
        let headers = HTTPHeaders(reading.fields.fields.map { ($0.name, $0.value) })
        let head = try RequestHead(
            HTTPRequestHead(version: line.version, method: line.method, uri: line.target, headers: headers))
        switch head.framing {
        case .length(let length): reading.state = .body(remaining: length)
        case .chunked: reading.state = .chunkLine
        }
        return head
    }

    private mutating func takeChunkLine() throws(ProtocolError) -> ChunkLine? {
        let taken = held.takeLine()
        reading.chunkLineOctets += taken.map { $0.count - 2 } ?? 0
        guard reading.chunkLineOctets + (taken == nil ? held.count : 0) <= ChunkLine.maximumOctets else {
            throw .chunkLinesTooLong
        }
        guard let line = try taken.map(ChunkLine.init) else { return nil }
        guard line.length <= Request.maximumBodyLength - reading.length else { throw .bodyTooLarge }
        return line
    }

    private mutating func take(atMost length: Int) -> ByteBuffer? {
        held.count == 0 ? nil : held.take(min(length, held.count))
    }
}
