import DelegateAPI
import Foundation

extension RunningWebserver {
    /// The body of an error, which must be JSON.
    func errorResponse(_ answer: RawHTTP.Answer) throws -> ErrorResponse {
        try JSONDecoder().decode(ErrorResponse.self, from: Data(answer.body.utf8))
    }
}
