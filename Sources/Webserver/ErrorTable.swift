import DNS
import DelegateAPI
import Delegates
import HTTPTypes
import Hummingbird

/// The only table that maps errors to statuses and codes.
enum ErrorTable {
    /// The recipients of a response.
    enum Audience: Sendable {
        /// Strangers and holders. They learn nothing of delegates that are not theirs.
        case everybody
        case operators
        /// Clients that ask for metrics or readiness.
        case observers
    }

    /// RFC 4918 section 11.5.
    private static let insufficientStorage = HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")

    static func response(to error: any Error, for audience: Audience) -> Response {
        switch error {
        case let error as RequestError: response(to: error, for: audience)
        case let refusal as Refusal: response(to: refusal, for: audience)
        case is StorageError:
            json(
                .serviceUnavailable, "unavailable", "the storage has a problem, and a change may not be saved; try again",
                retryAfter: .seconds(5))
        case let error as HTTPError where error.status == .notFound: response(to: RequestError.notFound, for: audience)
        default: json(.internalServerError, "internal_error")
        }
    }

    private static func response(to error: RequestError, for audience: Audience) -> Response {
        switch error {
        case .malformedJSON(let detail):
            return json(.badRequest, "malformed_json_payload", detail)
        case .bodyTooLarge:
            var response = json(.contentTooLarge, "body_too_large", bodyTooLargeDetail)
            // The rest of the body is not awaited.
            response.headers[.connection] = "close"
            return response
        case .notFound:
            switch audience {
            case .operators: return json(.notFound, "not_found", "there is nothing with this name under \(OperatorPath.base)/")
            case .observers: return json(.notFound, "not_found", "the paths are GET /metrics and GET /readyz")
            case .everybody: break
            }
            return json(
                .notFound, "not_found",
                "the paths are POST register, POST update and GET health, at / and under \(BasePath.compatible.rawValue)/, with "
                    + "or without t/ and a registration token before them, and "
                    + "check, delegate, keys, domains, doctor, values and history under \(HolderPath.base)/")
        case .invalidText(let name):
            return json(
                .badRequest, "invalid_text", "“\(name)” must be UTF-8, with octets escaped as in %20 where they are not plain")
        case .invalidNumber(let name):
            return json(.badRequest, "invalid_number", "“\(name)” must be a whole number, at most \(UInt64.max)")
        case .invalidName(let reason):
            return json(.badRequest, "invalid_name", reason)
        case .invalidNotedEntry:
            return json(
                .badRequest, "invalid_number",
                "“noted” must be a number, a colon and 64 hexadecimal digits, as a verification returns them")
        case .invalidPlace(let text):
            return json(
                .badRequest, "invalid_place",
                "“\(text)” is not the “next” of an earlier page, like example.com/web1.d.example.net")
        case .invalidChoice(let name, let choices):
            return json(.badRequest, "invalid_choice", "“\(name)” must be one of \(choices.joined(separator: ", "))")
        case .operatorTokenNeeded:
            return json(.unauthorized, "operator_token_needed", "send the operator’s token as “Authorization: Bearer …”")
        case .invalidTime(let text):
            return json(.badRequest, "invalid_time", "“\(text)” is not a time like 2027-01-31T12:00:00Z (RFC 3339)")
        case .certificatePending(let reason):
            return json(.serviceUnavailable, "certificate_pending", reason, retryAfter: .seconds(60))
        case .methodNotAllowed(let allowed):
            func list(_ methods: [HTTPRequest.Method]) -> String { methods.map(\.rawValue).joined(separator: ", ") }
            var response = json(.methodNotAllowed, "method_not_allowed", "use \(list(allowed)) here")
            response.headers[.allow] = list(allowed.flatMap { $0 == .get ? [.get, .head] : [$0] })
            return response
        }
    }

    private static func response(to refusal: Refusal, for audience: Audience) -> Response {
        switch (refusal, audience) {
        case (.noSuchDelegate, .everybody), (.noSuchDelegate, .observers), (.notAllowed, _):
            // The credential was valid a moment ago, and its delegate is gone now.
            return response(to: .forbidden, for: audience)
        default:
            let explanation = refusal.explanation
            return json(
                status(explanation.kind), explanation.code, explanation.text, retryAfter: explanation.retryAfter)
        }
    }

    private static func status(_ kind: Refusal.Kind) -> HTTPResponse.Status {
        switch kind {
        case .invalid: .badRequest
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .conflict: .conflict
        case .tooMany: .tooManyRequests
        case .noRoom: insufficientStorage
        case .busy: .serviceUnavailable
        }
    }

    private static func json(
        _ status: HTTPResponse.Status, _ code: String, _ detail: String? = nil, retryAfter: Duration? = nil
    ) -> Response {
        var response = Response(status: status, json: ErrorResponse(error: code, detail: detail).json)
        if let retryAfter { response.headers[.retryAfter] = String(retryAfter.components.seconds) }
        return response
    }
}

extension Response {
    /// A JSON response with its length, and with nothing that a client would have to decode first.
    init(status: HTTPResponse.Status, json: String) {
        self.init(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: json)))
    }
}
