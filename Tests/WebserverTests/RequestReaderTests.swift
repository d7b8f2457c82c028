import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Webserver

/// The limit on what is read and kept of requests that come too early.
struct RequestReaderTests {
    private final class ReadCount: ChannelOutboundHandler {
        typealias OutboundIn = Never
        private(set) var count = 0

        func read(context: ChannelHandlerContext) {
            count += 1
            context.read()
        }
    }

    private struct Connection {
        let channel = EmbeddedChannel()
        let reads = ReadCount()

        init() throws {
            try channel.pipeline.syncOperations.addHandlers([reads, RequestReader()])
            try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        }

        func send(_ text: String) throws {
            try channel.writeInbound(ByteBuffer(string: text))
        }

        /// The targets of the requests that have come through.
        func targets() throws -> [String] {
            var targets: [String] = []
            while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
                if case .head(let head) = part { targets.append(head.uri) }
            }
            return targets
        }

        /// - Returns: Whether the response says that the connection ends.
        @discardableResult
        func answer(closing: Bool = false) throws -> Bool {
            var head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Length": "0"])
            if closing { head.headers.add(name: "Connection", value: "close") }
            try channel.writeOutbound(HTTPServerResponsePart.head(head))
            try channel.writeOutbound(HTTPServerResponsePart.end(nil))
            channel.embeddedEventLoop.run()
            guard case .head(let sent)? = try channel.readOutbound(as: HTTPServerResponsePart.self) else { return false }
            while try channel.readOutbound(as: HTTPServerResponsePart.self) != nil {}
            return sent.headers["Connection"] == ["close"]
        }

        /// Whether more would be read from the socket.
        func isReading() -> Bool {
            let before = reads.count
            channel.read()
            return reads.count > before
        }
    }

    private func request(_ target: String, _ headers: String = "", body: String = "") -> String {
        "POST \(target) HTTP/1.1\r\nHost: x\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test func `one request is let through at a time, and nothing is read until its response is complete`() throws {
        let connection = try Connection()
        #expect(connection.isReading())
        try connection.send((0..<200).map { request("/\($0)", body: "\($0)") }.joined())
        for index in 0..<200 {
            #expect(try connection.targets() == ["/\(index)"])
            #expect(!connection.isReading())
            // Nothing changes until the request is answered.
            #expect(try connection.targets() == [])
            try connection.answer()
        }
        #expect(try connection.targets() == [] && connection.isReading())
    }

    @Test func `each octet may come alone`() throws {
        let connection = try Connection()
        let wish = "Connection: Upgrade\r\nUpgrade: h2c\r\n"
        let all = request("/1", wish, body: "a\nb") + request("/2") + request("/3", body: "{}")
        var targets: [String] = []
        for octet in all.utf8 {
            try connection.channel.writeInbound(ByteBuffer(integer: octet))
            let new = try connection.targets()
            targets += new
            if targets.count > 0, new.isEmpty, !connection.isReading() { try connection.answer() }
        }
        try connection.answer()
        targets += try connection.targets()
        #expect(targets == ["/1", "/2", "/3"])
    }

    @Test func `of too much that is sent too early as much is answered as is kept, and the last answer says so`() throws {
        let connection = try Connection()
        let one = request("/1", body: "12345")
        let kept = 1 + RequestReader.maximumEarlyLength / one.utf8.count
        #expect(RequestReader.maximumEarlyLength % one.utf8.count > 0)
        try connection.send(one)
        for _ in 0..<kept { try connection.send(one + one) }
        for index in 1...kept {
            #expect(try connection.targets() == ["/1"])
            #expect(try connection.answer() == (index == kept))
        }
        #expect(try connection.targets() == [] && connection.channel.isActive)
    }

    @Test func `what is wrong in what is kept is refused, not cut off`() throws {
        let connection = try Connection()
        try connection.send(request("/1"))
        try connection.send("\u{0}" + String(repeating: "a", count: RequestReader.maximumEarlyLength))
        #expect(try connection.targets() == ["/1"])
        #expect(throws: ProtocolError.malformed("it does not begin with a method")) {
            #expect(try !connection.answer())
            try connection.channel.throwIfErrorCaught()
        }
    }

    @Test func `after a response that closes the connection nothing is taken`() throws {
        let connection = try Connection()
        try connection.send(request("/1") + request("/2"))
        #expect(try connection.targets() == ["/1"])
        try connection.answer(closing: true)
        try connection.send(request("/3"))
        #expect(try connection.targets() == [] && connection.isReading())
    }

    @Test func `what a client that is gone has asked for is not begun`() throws {
        let connection = try Connection()
        try connection.send(request("/1") + request("/2"))
        #expect(try connection.targets() == ["/1"])
        connection.channel.pipeline.fireChannelInactive()
        try connection.answer()
        #expect(try connection.targets() == [])
    }

    @Test func `a head without an end is refused when it is too long`() throws {
        let connection = try Connection()
        #expect(throws: ProtocolError.targetTooLong) {
            try connection.send("GET /")
            for _ in 0..<100 { try connection.send(String(repeating: "a", count: 1000)) }
        }
        let lines = try Connection()
        try lines.send("GET / HTTP/1.1\r\n")
        #expect(throws: ProtocolError.headersTooLarge) {
            for _ in 0..<100 { try lines.send("X: " + String(repeating: "a", count: 1000) + "\r\n") }
        }
    }
}
