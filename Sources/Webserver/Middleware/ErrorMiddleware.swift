import Delegates
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// Turns errors into responses, and logs what the operator must know.
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
            // The storage itself has logged the error at level error, once for all callers that waited.
            logger.info("storage failed", metadata: ["error": "\(error)", "peer.address": "\(peer)"])
        case let refusal as Refusal:
            logger.info("refused", metadata: ["refusal": "\(refusal.explanation.logWord)", "peer.address": "\(peer)"])
        case is RequestError, is HTTPError, is IOError, is ChannelError, is CancellationError:
            // These include clients that break off in the middle.
            logger.debug("bad request", metadata: ["error": "\(error)", "peer.address": "\(peer)"])
        default:
            logger.error("request failed", metadata: ["error": "\(error)", "peer.address": "\(peer)"])
        }
    }
}
