import DelegateAPI
import FoundationEssentials
import Hummingbird
import NIOCore

/// Bodies are JSON whatever their Content-Type is: clients send it as form data, plain text or without a type.
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
    /// - Parameter octets: the body. An empty one is an error.
    /// - Throws: ``RequestError/malformedJSON(_:)``, which says what is wrong and where.
    static func decode<Value: JSONRequest>(
        _ type: Value.Type, from octets: [UInt8]
    ) throws(RequestError) -> Value {
        try decode(type, from: try document(octets))
    }

    /// Reads a body as strict JSON: Foundation's decoder takes final commas, leading zeros, unknown escapes and more.
    ///
    /// - Throws: ``RequestError/malformedJSON(_:)``.
    static func document(_ octets: [UInt8], ignoringRest: Bool = false) throws(RequestError) -> JSONDocument {
        do {
            return try JSONDocument(octets, ignoringRest: ignoringRest)
        } catch {
            throw .malformedJSON("\(octets.isEmpty ? "there is no body: an object is expected" : "\(error)")")
        }
    }

    /// Reads an update.
    ///
    /// - Parameter octets: the body, which may have other text after the JSON, as acme-dns takes it.
    /// - Throws: ``RequestError/malformedJSON(_:)``.
    static func update(from octets: [UInt8]) throws(RequestError) -> UpdateRequest {
        let document = try document(octets, ignoringRest: true)
        try check(document, hasOnce: UpdateRequest.fieldNames)
        do {
            return try UpdateRequest(document)
        } catch {
            throw .malformedJSON(error.field.map { "“\($0)” has the wrong type" } ?? "an object is expected")
        }
    }

    private static func check(_ document: JSONDocument, hasOnce fields: [String]) throws(RequestError) {
        if let name = document.repeatedField(of: fields) {
            throw .malformedJSON("“\(name)” is given twice: it is not defined which one counts")
        }
    }

    static func decode<Value: JSONRequest>(_ type: Value.Type, from document: JSONDocument) throws(RequestError) -> Value {
        try check(document, hasOnce: Value.fieldNames)
        do {
            return try JSONDecoder().decode(type, from: Data(document.octets))
        } catch let error as UnknownField {
            let known = error.known.joined(separator: ", ")
            throw .malformedJSON("“\(error.name)” is not a field of this request, which has \(known)")
        } catch DecodingError.keyNotFound(let key, _) {
            throw .malformedJSON("“\(key.stringValue)” is missing")
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            throw .malformedJSON(
                context.codingPath.isEmpty ? "an object is expected" : "“\(context.codingPath.text)” has the wrong type")
        } catch {
            // In JSON of the right types, only a number can still be wrong.
            throw .malformedJSON("a number is too large, or not a whole number")
        }
    }
}

extension [any CodingKey] {
    /// The path as programs write it: `allowfrom[0]`.
    fileprivate var text: String {
        reduce("") { path, key in
            key.intValue.map { "\(path)[\($0)]" } ?? (path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)")
        }
    }
}
