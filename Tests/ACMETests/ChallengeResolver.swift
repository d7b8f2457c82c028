import Foundation
import Glibc
import Synchronization
import Testing

/// A resolver that knows the TXT records of a test, for an authority's questions over UDP.
final class ChallengeResolver: Sendable {
    private let socket: CInt
    let port: Int
    private let values = Mutex<[String: [String]]>([:])
    private let asked = Mutex<[String]>([])

    init() throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        port = try bindToLoopback(socket)
        let socket = socket
        // It ends with the socket.
        Thread.detachNewThread { [weak self] in
            while true {
                var query = [UInt8](repeating: 0, count: 1500)
                var sender = sockaddr_in()
                var length = socklen_t(MemoryLayout<sockaddr_in>.size)
                let count = withUnsafeMutablePointer(to: &sender) { sender in
                    sender.withMemoryRebound(to: sockaddr.self, capacity: 1) { recvfrom(socket, &query, 1500, 0, $0, &length) }
                }
                guard count > 0, let response = self?.response(to: Array(query.prefix(count))) else { return }
                _ = withUnsafePointer(to: &sender) { sender in
                    sender.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        sendto(socket, response, response.count, 0, $0, length)
                    }
                }
            }
        }
    }

    deinit {
        // A close alone does not wake the thread.
        shutdown(socket, Int32(SHUT_RDWR))
        close(socket)
    }

    func publish(_ value: String, at name: String) { values.withLock { $0[name.lowercased(), default: []].append(value) } }
    func withdraw(_ value: String, at name: String) { values.withLock { $0[name.lowercased()]?.removeAll { $0 == value } } }
    var published: [String] { values.withLock { $0.values.flatMap(\.self) } }
    var questions: [String] { asked.withLock(\.self) }

    private func response(to query: [UInt8]) -> [UInt8] {
        guard query.count > 16 else { return [] }
        var labels: [String] = []
        var position = 12
        while position < query.count, query[position] > 0 {
            let end = min(position + 1 + Int(query[position]), query.count)
            labels.append(String(decoding: query[position + 1..<end], as: UTF8.self).lowercased())
            position = end
        }
        let question = query[12..<min(position + 5, query.count)]
        let name = labels.joined(separator: ".")
        asked.withLock { $0.append(name) }
        let texts = question.suffix(4).elementsEqual([0, 16, 0, 1]) ? values.withLock { $0[name] ?? [] } : []
        // A response with recursion, NOERROR.
        var response = Array(query[0..<2]) + [0x81, 0x80, 0, 1, 0, UInt8(texts.count), 0, 0, 0, 0] + question
        for text in texts {
            let length = UInt8(text.utf8.count)
            response += [0xC0, 12, 0, 16, 0, 1, 0, 0, 0, 1, 0, length + 1, length] + Array(text.utf8)
        }
        return response
    }
}

/// - Returns: the port.
func bindToLoopback(_ socket: CInt) throws -> Int {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { address in
        address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
        }
    }
    try #require(isBound)
    return Int(UInt16(bigEndian: address.sin_port))
}
