import DNS
import DelegateAPI
import Delegates
import HTTPTypes
import Hummingbird

/// The one table from what went wrong to a status and a code.
enum ErrorTable {
    /// Who is answered.
    enum Audience: Sendable {
        /// Strangers and holders, who learn nothing of delegates that are not theirs.
        case everybody
        case operators
        /// Whoever asks for metrics.
        case observers
    }

    /// RFC 4918 section 11.5.
    private static let insufficientStorage = HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")

    static func response(to error: any Error, for audience: Audience) -> Response {
        switch error {
        case let error as RequestError: response(to: error, for: audience)
        case let refusal as Refusal: response(to: refusal)
        case let error as StorageError: response(to: error, for: audience)
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
            // What is left of the body is not waited for.
            response.headers[.connection] = "close"
            return response
        case .notFound:
            switch audience {
            case .operators: return json(.notFound, "not_found", "there is nothing of this name under \(OperatorPath.base)/")
            case .observers: return json(.notFound, "not_found", "there are GET /metrics and GET /readyz")
            case .everybody: break
            }
            return json(
                .notFound, "not_found",
                "there are POST register, POST update and GET health, at / and under \(BasePath.compatible.rawValue)/, with "
                    + "t/ and a registration token in front or without, and "
                    + "check, delegate, keys, values and history under \(HolderPath.base)/")
        case .invalidText(let name):
            return json(
                .badRequest, "invalid_text", "“\(name)” must be UTF-8, its octets escaped as in %20 where they are not plain")
        case .invalidNumber(let name):
            return json(.badRequest, "invalid_number", "“\(name)” must be a number of digits, at most \(UInt64.max)")
        case .invalidName(let reason):
            return json(.badRequest, "invalid_name", reason)
        case .invalidNotedEntry:
            return json(
                .badRequest, "invalid_number",
                "“noted” must be a number, a colon and 64 hexadecimal digits, as verifying tells them")
        case .invalidChoice(let name, let choices):
            return json(.badRequest, "invalid_choice", "“\(name)” must be one of \(choices.joined(separator: ", "))")
        case .operatorTokenNeeded:
            return json(.unauthorized, "operator_token_needed", "send the operator’s token as “Authorization: Bearer …”")
        case .invalidTime(let text):
            return json(.badRequest, "invalid_time", "“\(text)” is not a time like 2027-01-31T12:00:00Z (RFC 3339)")
        case .methodNotAllowed(let allowed):
            func list(_ methods: [HTTPRequest.Method]) -> String { methods.map(\.rawValue).joined(separator: ", ") }
            var response = json(.methodNotAllowed, "method_not_allowed", "use \(list(allowed)) here")
            response.headers[.allow] = list(allowed.flatMap { $0 == .get ? [.get, .head] : [$0] })
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
            return json(.badRequest, "invalid_expiry", "the time until which it is good must be in the future")
        case .registrationClosed:
            return json(
                .forbidden, "registration_closed", "this server does not enrol delegates over the API; ask its operator")
        case .registrationTokenNeeded:
            return json(
                .unauthorized, "registration_token_needed",
                "this server enrols delegates with a registration token only, and this is none that is good: ask its operator")
        case .registrationTokenUsedUp:
            return json(
                .forbidden, "registration_token_used_up",
                "as many delegates were enrolled with this token as may be: ask the operator for another one")
        case .tooManyRegistrationsOfToken(let retryAfter):
            return json(
                .tooManyRequests, "too_many_registrations",
                "as many delegates were enrolled with this token as may be for now", retryAfter: retryAfter)
        case .groupKey:
            return json(
                .forbidden, "group_key", "a group’s key can publish at the group’s delegates and check itself, and nothing else"
            )
        case .subdomainMissing:
            return json(
                .badRequest, "bad_subdomain", "with a group’s key, “subdomain” must name one of the group’s delegates")
        case .invalidOperatorLabel(let text):
            return json(
                .badRequest, "invalid_label",
                "“\(text)” is no label: use 1 to \(OperatorLabel.maximumLength) of a to z, 0 to 9, “.”, “_” and “-”, a letter or a digit first"
            )
        case .invalidDelegateName(let text):
            let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
            return json(
                .badRequest, "invalid_name",
                "“\(text)” cannot be a delegate’s name: one label of letters, digits, “_” and, not at an end, “-”, directly below a "
                    + "zone of this server, where no record is"
                    + (isASCII ? "" : HostName.ascii(text).map { ". In ASCII it is “\($0)” (RFC 5890)" } ?? ""))
        case .invalidQuota:
            return json(.badRequest, "invalid_quota", "a quota is a number from 1 to \(Operating.maximumQuota)")
        case .busy:
            return json(
                .serviceUnavailable, "busy", "too many wait for the same at the moment; try again", retryAfter: .seconds(1))
        case .tooManyRegistrations(let retryAfter):
            return json(
                .tooManyRequests, "too_many_registrations", "your network has enrolled as many delegates as it may for now",
                retryAfter: retryAfter)
        case .tooManyDelegatesOfNetwork(let maximum):
            return json(
                .tooManyRequests, "too_many_delegates",
                "your network has \(maximum) delegates, as many as it may: delete those that are not used, or ask the operator for a "
                    + "registration token")
        case .tooManyDelegates:
            return json(
                insufficientStorage, "too_many_delegates", "this server has as many delegates as it may: ask its operator")
        case .tooLittleRoom:
            return json(
                insufficientStorage, "too_little_room",
                "this server’s disk is nearly full: what is left is kept for delegates that are enrolled")
        case .tooManyFailures(let retryAfter):
            return json(
                .tooManyRequests, "too_many_failures", "your network has sent too many wrong credentials",
                retryAfter: retryAfter)
        case .noSuchZone(let text):
            return json(.notFound, "no_such_zone", "“\(text)” is no zone of this server")
        case .keysNotChanged(let reason):
            return json(.conflict, "keys_not_changed", reason)
        case .tooManyUpdates(let retryAfter):
            return json(
                .tooManyRequests, "too_many_updates", "as many values were published at this delegate as may be for now",
                retryAfter: retryAfter)
        case .tooManyUpdatesOfNetwork(let retryAfter):
            return json(
                .tooManyRequests, "too_many_updates", "as many values were published from your network as may be for now",
                retryAfter: retryAfter)
        case .tooManyKeyChanges(let retryAfter):
            return json(
                .tooManyRequests, "too_many_changes",
                "as many changes were made of this delegate’s keys and withdrawals as may be for now", retryAfter: retryAfter)
        }
    }

    private static func response(to error: StorageError, for audience: Audience) -> Response {
        switch error {
        case .noSuchDelegate where audience == .operators:
            return json(.notFound, "no_such_delegate", "there is no delegate of this name here, or it was deleted")
        case .noSuchDelegate, .notAllowed:
            // The credential was right a moment ago, and its delegate is gone now.
            return response(to: Refusal.forbidden)
        case .noSuchCredential: return json(.notFound, "no_such_key", "there is no key with that id here")
        case .tooManyCredentials: return json(.conflict, "too_many_keys", error.description)
        case .lastCredential:
            return json(.conflict, "last_key", "there is no other key that is good: make one first, or delete the whole")
        case .nameTaken: return json(.conflict, "name_taken", error.description)
        case .networkFull(let maximum): return response(to: Refusal.tooManyDelegatesOfNetwork(maximum: maximum))
        case .nameDeleted: return json(.conflict, "name_deleted", error.description)
        case .usernameTaken: return json(.conflict, "username_taken", error.description)
        case .delegateDisabled: return json(.conflict, "delegate_disabled", error.description)
        case .delegateInUse: return json(.conflict, "delegate_in_use", error.description)
        case .nothingPrepared: return json(.conflict, "nothing_prepared", error.description)
        case .memberLabelTaken: return json(.conflict, "member_label_taken", error.description)
        case .noSuchGroup: return json(.notFound, "no_such_group", error.description)
        case .groupTaken: return json(.conflict, "group_taken", error.description)
        case .groupFull: return json(.conflict, "group_full", error.description)
        case .noSuchToken: return json(.notFound, "no_such_token", error.description)
        case .tokenTaken: return json(.conflict, "token_taken", error.description)
        case .tokenUsedUp: return response(to: Refusal.registrationTokenUsedUp)
        case .unavailable, .overloaded:
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
