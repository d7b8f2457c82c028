import Delegates
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// Turns errors into responses, and says in the log what an operator must know.
struct ErrorMiddleware: RouterMiddleware {
    typealias Context = ClientContext

    let audience: ErrorTable.Audience
    let trustedProxies: TrustedProxies
    let logger: Logger

    func handle(
        _ request: Request, context: ClientContext,
        next: @concurrent (Request, ClientContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPParserError {
            throw error
        } catch {
            log(error, address: trustedProxies.clientAddress(peer: context.peer, headers: request.headers))
            return ErrorTable.response(to: error, for: audience)
        }
    }

    private func log(_ error: any Error, address: IPAddress?) {
        let peer = address.map { "\($0)" } ?? "unknown"
        switch error {
        case let error as StorageError where error.isTrouble:
            // The storage itself has said at error what is wrong, once for all who waited.
            logger.info("storage failed", metadata: ["error": "\(error)", "peer.address": "\(peer)"])
        case let error as StorageError:
            logger.info("refused", metadata: ["refusal": "\(error)", "peer.address": "\(peer)"])
        case let refusal as Refusal:
            logger.info("refused", metadata: ["refusal": "\(refusal.code)", "peer.address": "\(peer)"])
        case is RequestError, is HTTPError, is IOError, is ChannelError, is CancellationError:
            // Among them clients that break off in the middle.
            logger.debug("bad request", metadata: ["error": "\(error)", "peer.address": "\(peer)"])
        default:
            logger.error("request failed", metadata: ["error": "\(error)", "peer.address": "\(peer)"])
        }
    }
}

extension Refusal {
    /// A word for the log; never what the client sent.
    fileprivate var code: String {
        switch self {
        case .forbidden: "forbidden"
        case .invalidChallengeValue: "invalid value"
        case .invalidAllowedNetwork: "invalid network"
        case .invalidLabel: "invalid label"
        case .invalidExpiry: "invalid expiry"
        case .registrationClosed: "registration closed"
        case .registrationTokenNeeded: "registration token needed"
        case .registrationTokenUsedUp: "registration token used up"
        case .tooManyRegistrationsOfToken: "too many registrations of a token"
        case .groupKey: "group key"
        case .subdomainMissing: "no subdomain"
        case .invalidOperatorLabel: "invalid label"
        case .invalidDelegateName: "invalid name"
        case .invalidQuota: "invalid quota"
        case .busy: "busy"
        case .tooManyRegistrations: "too many registrations"
        case .tooManyDelegatesOfNetwork: "too many delegates of a network"
        case .tooManyDelegates: "too many delegates"
        case .tooLittleRoom: "too little room"
        case .tooManyFailures: "too many failures"
        case .tooManyUpdates: "too many updates"
        case .tooManyUpdatesOfNetwork: "too many updates of a network"
        case .tooManyKeyChanges: "too many changes of keys"
        case .noSuchZone: "no such zone"
        case .keysNotChanged: "keys not changed"
        }
    }
}
