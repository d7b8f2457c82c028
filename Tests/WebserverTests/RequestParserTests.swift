import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import Webserver

/// Requests from octets that come in any pieces.
struct RequestParserTests {
    private static let requests = [
        "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n", "HEAD /2 HTTP/1.0\r\n\r\n",
        "POST /3 HTTP/1.1\r\nHost: x\r\nContent-Length: 4 \r\n\r\na\r\nb",
        "\r\n\r\nPUT /4 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\na\nb\r\n1\r\n\r\r\n0\r\nConnection: close\r\n\r\n",
        "DELETE /5 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    ]

    /// The parts of requests, with their bodies octet by octet.
    private func parts(_ octets: [UInt8], cutAt cuts: Set<Int>) throws -> [String] {
        var told: [String] = []
        try read(octets, cutAt: cuts, into: &told)
        return told
    }

    /// The same up to an error, and the error.
    private func readable(_ octets: [UInt8], cutAt cuts: Set<Int>) -> [String] {
        var told: [String] = []
        do {
            try read(octets, cutAt: cuts, into: &told)
        } catch {
            told.append("\(error)")
        }
        return told
    }

    private func read(_ octets: [UInt8], cutAt cuts: Set<Int>, into told: inout [String]) throws {
        var parser = RequestParser()
        var begin = 0
        for end in cuts.sorted() + [octets.count] {
            parser.append(ByteBuffer(bytes: octets[begin..<end]))
            begin = end
            while let part = try parser.next() {
                switch part {
                case .head(let request): told.append("\(request.head.method) \(request.head.uri) \(request.head.headers)")
                case .body(let octets): told += octets.readableBytesView.map { "\($0)" }
                case .end: told.append("end")
                }
            }
        }
    }

    @Test func `requests are the same in whatever pieces they come`() throws {
        let octets = Array(Self.requests.joined().utf8)
        let whole = try parts(octets, cutAt: [])
        #expect(whole.count { $0 == "end" } == Self.requests.count)
        #expect(try parts(octets, cutAt: Set(1..<octets.count)) == whole)
        for cut in 1..<octets.count { #expect(try parts(octets, cutAt: [cut]) == whole) }
    }

    @Test func `a request is read as if none had come before it`() throws {
        let alone = try Self.requests.map { try parts(Array($0.utf8), cutAt: []) }
        for first in Self.requests.indices {
            for second in Self.requests.indices {
                let both = try parts(Array((Self.requests[first] + Self.requests[second]).utf8), cutAt: [])
                #expect(both == alone[first] + alone[second])
            }
        }
    }

    @Test func `octets that are changed anywhere are read the same in whatever pieces, and never trap`() {
        let seed = UInt64.random(in: 0...(.max))
        var generator = SeededGenerator(seed: seed)
        let marks = Array(" \t\r\n:;,=\"\\0aG/%\u{0}".utf8)
        for _ in 0..<2000 {
            var octets = Array(Self.requests.shuffled(using: &generator).prefix(2).joined().utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<octets.count, using: &generator)
                let mark = marks[Int.random(in: 0..<marks.count, using: &generator)]
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: octets[place] = mark
                case 1: octets.insert(mark, at: place)
                default: octets.remove(at: place)
                }
            }
            let cuts = Set((0..<8).map { _ in Int.random(in: 0..<octets.count, using: &generator) })
            let whole = readable(octets, cutAt: [])
            #expect(readable(octets, cutAt: cuts) == whole, "seed \(seed): \(String(decoding: octets, as: UTF8.self))")
            #expect(readable(octets, cutAt: Set(1..<octets.count)) == whole, "seed \(seed)")
        }
    }

    @Test func `whether there is another whole request is told without reading it`() throws {
        var parser = RequestParser()
        parser.append(ByteBuffer(string: Self.requests[2]))
        #expect(parser.hasNextRequest && parser.heldCount == Self.requests[2].utf8.count)
        while try parser.next() != nil {}
        #expect(!parser.hasNextRequest)
        parser.append(ByteBuffer(string: String(Self.requests[3].dropLast())))
        #expect(!parser.hasNextRequest)
    }
}
