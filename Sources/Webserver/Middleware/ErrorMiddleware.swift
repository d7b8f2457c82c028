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
        case let error as StorageError:
            // The storage itself has said at error what is wrong, once for all who waited.
            logger.info("storage failed", metadata: ["error": "\(error)", "peer.address": "\(peer)"])
        case let refusal as Refusal:
            logger.info("refused", metadata: ["refusal": "\(refusal.explanation.code)", "peer.address": "\(peer)"])
        case is RequestError, is HTTPError, is IOError, is ChannelError, is CancellationError:
            // Among them clients that break off in the middle.
            logger.debug("bad request", metadata: ["error": "\(error)", "peer.address": "\(peer)"])
        default:
            logger.error("request failed", metadata: ["error": "\(error)", "peer.address": "\(peer)"])
        }
    }
}
