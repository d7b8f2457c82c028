import DelegateAPI
import Delegates
import HTTPTypes
import Hummingbird

/// The one table from what went wrong to a status and a code.
enum ErrorTable {
    static func response(to error: any Error) -> Response {
        switch error {
        case let error as RequestError: response(to: error)
        case let refusal as Refusal: response(to: refusal)
        case let error as StorageError: response(to: error)
        case let error as HTTPError where error.status == .notFound: response(to: RequestError.notFound)
        default: json(.internalServerError, "internal_error")
        }
    }

    private static func response(to error: RequestError) -> Response {
        switch error {
        case .malformedJSON(let detail):
            return json(.badRequest, "malformed_json_payload", detail)
        case .bodyTooLarge:
            var response = json(
                .contentTooLarge, "body_too_large", "a body may have at most \(Request.maximumBodyLength) octets")
            // What is left of the body is not waited for.
            response.headers[.connection] = "close"
            return response
        case .notFound:
            return json(
                .notFound, "not_found",
                "there are POST register, POST update and GET health, at / and under \(BasePath.compatible.rawValue)/, and "
                    + "check, delegate, keys, values and history under \(HolderPath.base)/")
        case .invalidNumber(let name):
            return json(.badRequest, "invalid_number", "“\(name)” must be a number of digits")
        case .invalidTime(let text):
            return json(.badRequest, "invalid_time", "“\(text)” is not a time like 2027-01-31T12:00:00Z (RFC 3339)")
        case .methodNotAllowed(let allowed):
            let list = allowed.map(\.rawValue).joined(separator: ", ")
            var response = json(.methodNotAllowed, "method_not_allowed", "use \(list) here")
            response.headers[.allow] = list
            return response
        }
    }

    private static func response(to refusal: Refusal) -> Response {
        switch refusal {
        case .forbidden:
            return json(.unauthorized, "forbidden")
        case .invalidChallengeValue:
            return json(
                .badRequest, "bad_txt", "txt must be exactly 43 characters of A-Z, a-z, 0-9, - and _ (RFC 8555 section 8.4)")
        case .invalidAllowedNetwork(let text):
            return json(
                .badRequest, "invalid_allowfrom_cidr",
                "“\(text)” is not a network like 192.0.2.0/24 or 2001:db8::/32; one address is 192.0.2.1/32")
        case .invalidLabel:
            return json(
                .badRequest, "invalid_label",
                "a label has at most \(Credential.maximumLabelLength) characters, none of them a control character")
        case .invalidExpiry:
            return json(.badRequest, "invalid_expiry", "the time until which a key is good must be in the future")
        case .registrationClosed:
            return json(
                .forbidden, "registration_closed", "this server does not enrol delegates over the API; ask its operator")
        case .tooManyRegistrations(let retryAfter):
            return json(
                .tooManyRequests, "too_many_registrations", "your network has enrolled as many delegates as it may for now",
                retryAfter: retryAfter)
        case .tooManyFailures(let retryAfter):
            return json(
                .tooManyRequests, "too_many_failures", "your network has sent too many wrong credentials",
                retryAfter: retryAfter)
        case .tooManyUpdates(let retryAfter):
            return json(
                .tooManyRequests, "too_many_updates", "as many values were published at this delegate as may be for now",
                retryAfter: retryAfter)
        }
    }

    private static func response(to error: StorageError) -> Response {
        switch error {
        case .noSuchDelegate, .notAllowed:
            // The credential was right a moment ago, and its delegate is gone now.
            return response(to: Refusal.forbidden)
        case .noSuchCredential:
            return json(.notFound, "no_such_key", "this delegate has no key with that id")
        case .tooManyCredentials:
            return json(
                .conflict, "too_many_keys",
                "a delegate has at most \(Holding.maximumCredentials) keys: delete one that is not used any more")
        case .lastCredential:
            return json(
                .conflict, "last_key", "this is the delegate’s only key: make another one first, or delete the delegate")
        case .unavailable, .overloaded, .nameTaken:
            return json(
                .serviceUnavailable, "unavailable", "the storage is in trouble, and nothing is known to be kept; try again",
                retryAfter: .seconds(5))
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
    /// A response of JSON, with its length and nothing that a client would have to unpack.
    init(status: HTTPResponse.Status, json: String) {
        self.init(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: json)))
    }
}
