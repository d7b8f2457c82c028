import TestSupport
import Testing

/// HTTP/1.1 written by hand, so that a test decides on each octet.
struct RawHTTP: Sendable {
    let port: UInt16
    /// The path of a Unix socket, which is used instead of the port.
    var path: String?
    var timeout = Patience.seconds

    struct Answer: Sendable {
        var status: Int
        /// Names in lower case.
        var headers: [String: String]
        var body: String
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    func open() throws -> TCPConnection {
        if let path { return try TCPConnection(path: path, timeout: timeout) }
        return try TestClient(port: port, timeout: timeout).openTCP()
    }

    /// Sends a request, with the length of its body if it has one.
    func send(
        _ method: String, _ path: String, headers: [String] = [], body: String? = nil
    ) async throws -> Answer {
        let length = body.map { ["Content-Length: \($0.utf8.count)"] } ?? []
        let lines = ["\(method) \(path) HTTP/1.1", "Host: test"] + headers + length
        return try await exchange(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
    }

    /// Sends octets and reads one response.
    func exchange(_ request: String) async throws -> Answer {
        try await onThread { () throws in
            let connection = try open()
            try connection.send(Array(request.utf8))
            return try Self.receive(from: connection, hasBody: !request.hasPrefix("HEAD "))
        }
    }

    /// Sends octets over one connection, and reads `count` responses.
    func answers(to octets: String, count: Int, andThenEnd ends: Bool = false) async throws -> [Answer] {
        try await onThread { () throws in
            let connection = try open()
            try connection.send(Array(octets.utf8))
            let answers = try (0..<count).map { _ in try Self.receive(from: connection) }
            if ends { #expect(try connection.receiveSome() == nil) }
            return answers
        }
    }

    static func receive(from connection: TCPConnection, hasBody: Bool = true) throws -> Answer {
        var octets: [UInt8] = []
        while octets.suffix(4) != [13, 10, 13, 10] {
            guard let more = try connection.receiveSome(atMost: 1) else {
                throw Failure(description: "the connection ended after “\(String(decoding: octets, as: UTF8.self))”")
            }
            octets += more
        }
        let lines = String(decoding: octets, as: UTF8.self).split(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, let status = Int(words[1]) else { throw Failure(description: "no status in \(lines[0])") }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        let body = status == 100 || !hasBody ? [] : try connection.receive(length)
        return Answer(status: status, headers: headers, body: String(decoding: body, as: UTF8.self))
    }
}
