import Delegates
import Hummingbird
import Logging
import NIOHTTP1

/// Turns errors into responses, and says in the log what an operator must know.
struct ErrorMiddleware: RouterMiddleware {
    typealias Context = ClientContext

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
            log(error, context: context)
            return ErrorTable.response(to: error)
        }
    }

    private func log(_ error: any Error, context: ClientContext) {
        let peer = context.peer.map { "\($0)" } ?? "unknown"
        switch error {
        case let error as StorageError where error != .noSuchDelegate:
            logger.error("storage failed", metadata: ["error": "\(error)", "peer.address": "\(peer)"])
        case let refusal as Refusal:
            logger.info("refused", metadata: ["refusal": "\(refusal.code)", "peer.address": "\(peer)"])
        case is RequestError, is HTTPError:
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
        case .registrationClosed: "registration closed"
        case .tooManyRegistrations: "too many registrations"
        }
    }
}
