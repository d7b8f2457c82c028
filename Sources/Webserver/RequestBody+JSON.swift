import FoundationEssentials
import Hummingbird
import NIOCore

/// Bodies are JSON whatever their Content-Type says: clients send it as form data, plain text or nothing at all.
extension Request {
    /// The largest body that is read, in octets.
    static let maximumBodyLength = 8192

    /// All of the body.
    ///
    /// - Throws: ``RequestError/bodyTooLarge`` as soon as more than ``maximumBodyLength`` octets are announced or have come.
    func bodyOctets() async throws -> [UInt8] {
        if let length = headers[.contentLength].flatMap(Int.init), length > Self.maximumBodyLength {
            throw RequestError.bodyTooLarge
        }
        var octets: [UInt8] = []
        for try await buffer in body {
            guard octets.count + buffer.readableBytes <= Self.maximumBodyLength else { throw RequestError.bodyTooLarge }
            octets += buffer.readableBytesView
        }
        return octets
    }
}

enum JSONBody {
    /// - Throws: ``RequestError/malformedJSON(_:)`` that says where.
    static func decode<Value: Decodable>(_ type: Value.Type, from octets: some Collection<UInt8>) throws(RequestError) -> Value
    {
        // Foundation would take a byte order mark, which JSON must not have (RFC 8259 section 8.1).
        guard !octets.starts(with: [0xEF, 0xBB, 0xBF]) else { throw .malformedJSON("it begins with a byte order mark") }
        do {
            return try JSONDecoder().decode(type, from: Data(octets))
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw .malformedJSON(path.isEmpty ? "an object is expected" : "“\(path)” is of the wrong type")
        } catch DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty {
            throw .malformedJSON(
                "“\(context.codingPath.map(\.stringValue).joined(separator: "."))” is no field of this request")
        } catch {
            throw .malformedJSON("this is not JSON")
        }
    }

    /// The first object of a text and nothing behind it, as acme-dns reads updates.
    static func firstObject(of octets: [UInt8]) -> ArraySlice<UInt8> {
        var depth = 0
        var isInString = false
        var isEscaped = false
        for (index, octet) in octets.enumerated() {
            switch octet {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\") where isInString: isEscaped = true
            case UInt8(ascii: "\""): isInString.toggle()
            case _ where isInString: break
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 { return octets[...index] }
            default: break
            }
        }
        return octets[...]
    }
}
