import DelegateAPI
import Foundation
import Testing

extension RunningWebserver {
    func decode<Value: Decodable>(_ type: Value.Type, _ answer: RawHTTP.Answer) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(answer.body.utf8))
    }

    /// The body of an error, which must be JSON.
    func errorResponse(_ answer: RawHTTP.Answer) throws -> ErrorResponse {
        try JSONDecoder().decode(ErrorResponse.self, from: Data(answer.body.utf8))
    }

    /// Expects a refusal with a status and a code.
    func expect(_ answer: RawHTTP.Answer, _ status: Int, _ code: String, _ what: String = "") throws {
        #expect(answer.status == status, "\(what) \(answer.body)")
        #expect(try errorResponse(answer).error == code, "\(what)")
    }
}
