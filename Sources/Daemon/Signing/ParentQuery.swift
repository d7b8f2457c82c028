import DNS
import Glibc
import NIOCore
import NIOPosix
import Sockets

/// Asks a resolver for the DS records that the parent of a zone has: over TCP, so that nobody can answer in its place who does not see
/// the question.
struct ParentQuery: Sendable {
    let resolver: Endpoint
    /// In seconds, for the connection, and for the answer.
    var timeout: Int64 = 5

    enum Answer: Sendable {
        /// None, if there are none.
        case records([RecordData], ttl: UInt32)
        /// Why it is not known, in words.
        case unknown(String)
    }

    func ask(_ apex: DomainName) async -> Answer {
        var generator = SystemRandomNumberGenerator()
        let identifier = UInt16.random(in: .min ... .max, using: &generator)
        do {
            return Self.answer(in: try await exchange(Self.query(apex, identifier)), to: apex, identifier)
        } catch {
            return .unknown("\(resolver) does not answer: \(error)")
        }
    }

    private static func query(_ apex: DomainName, _ identifier: UInt16) -> [UInt8] {
        var message = MessageWriter()
        message.begin(identifier: identifier, flags: .recursionDesired, limit: MessageWriter.maximumLength)
        message.write(Question(name: apex, type: .ds, class: .in))
        message.finish()
        return message.octets
    }

    private func exchange(_ query: [UInt8]) async throws -> [UInt8] {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(timeout))
            .connect(host: resolver.hostText, port: Int(resolver.port)) { channel in
                channel.eventLoop.makeCompletedFuture {
                    channel.eventLoop.scheduleTask(in: .seconds(timeout)) { channel.close(promise: nil) }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var request = ByteBuffer(integer: UInt16(query.count))
            request.writeBytes(query)
            try await outbound.write(request)
            var received = ByteBuffer()
            for try await var part in inbound {
                received.writeBuffer(&part)
                if let length = received.getInteger(at: received.readerIndex, as: UInt16.self),
                    let octets = received.getBytes(at: received.readerIndex + 2, length: Int(length))
                {
                    return octets
                }
            }
            throw ChannelError.inputClosed
        }
    }

    static func answer(in octets: [UInt8], to apex: DomainName, _ identifier: UInt16) -> Answer {
        let message = octets.span
        var position = Header.length
        guard let header = try? Header(of: message), header.identifier == identifier, header.flags.contains(.response),
            header.questionCount == 1, let question = try? Question(of: message, at: &position), question.name == apex,
            question.type == .ds
        else { return .unknown("what came is no response to the question") }
        // A name server of the zone would say that there are none, and does not know.
        guard header.flags.contains(.recursionAvailable) else {
            return .unknown("it is no resolver: it does not look up for others")
        }
        let code = header.flags.responseCode
        // NXDOMAIN is of a resolver that does not know the zone at all: inside a network there are such.
        guard code == .noError else { return .unknown("it says \(code)") }
        var records: [RecordData] = []
        var ttl = UInt32.max
        for _ in 0..<Int(header.answerCount) {
            guard let owner = try? DomainName(of: message, at: &position), let type = try? message.readUInt16(at: &position),
                let _ = try? message.readUInt16(at: &position), let seconds = try? message.readUInt32(at: &position),
                let length = try? message.readUInt16(at: &position),
                let data = try? message.readOctets(Int(length), at: &position)
            else { return .unknown("what came cannot be read") }
            guard type == RecordType.ds.rawValue, owner == apex else { continue }
            records.append(RecordData(type: .ds, octets: data))
            ttl = min(ttl, seconds)
        }
        return .records(records, ttl: ttl)
    }
}
