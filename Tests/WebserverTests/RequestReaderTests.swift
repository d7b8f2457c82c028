import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Webserver

/// How much is read and kept of what a client sends too early.
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
            let reader = RequestReader()
            try channel.pipeline.syncOperations.addHandlers([reads, reader, RequestRules(reader: reader)])
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

        func answer(closing: Bool = false) throws {
            var head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Length": "0"])
            if closing { head.headers.add(name: "Connection", value: "close") }
            try channel.writeOutbound(HTTPServerResponsePart.head(head))
            try channel.writeOutbound(HTTPServerResponsePart.end(nil))
            channel.embeddedEventLoop.run()
        }

        /// Whether the socket would be read on.
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
            // Nothing changes while it is not answered.
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

    @Test func `who sends too much too early is cut off`() throws {
        let connection = try Connection()
        try connection.send(request("/1"))
        #expect(try connection.targets() == ["/1"])
        let early = String(repeating: request("/2"), count: 100)
        var sent = 0
        while sent <= RequestReader.maximumEarlyLength, connection.channel.isActive {
            try connection.send(early)
            sent += early.utf8.count
        }
        connection.channel.embeddedEventLoop.run()
        #expect(!connection.channel.isActive)
        #expect(sent <= RequestReader.maximumEarlyLength + early.utf8.count)
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
        #expect(throws: ProtocolError.headersTooLarge) {
            for _ in 0..<100 { try connection.send("GET /" + String(repeating: "a", count: 1000)) }
        }
        let lines = try Connection()
        try lines.send("GET / HTTP/1.1\r\n")
        #expect(throws: ProtocolError.headersTooLarge) {
            for _ in 0..<100 { try lines.send("X: " + String(repeating: "a", count: 1000) + "\r\n") }
        }
    }
}
