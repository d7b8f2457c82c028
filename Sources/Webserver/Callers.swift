import DNS
import Delegates
import FoundationEssentials
import Hummingbird
import Logging

/// Identifies the caller of a request by the credential that comes with it.
struct Callers: Sendable {
    let authentication: Authentication
    let trustedProxies: TrustedProxies

    /// Refusals leave after a multiple of this time. The work until then differs by some hundred microseconds: an unknown user is
    /// refused sooner than a wrong key, and that sooner than another's delegate.
    /// Equal work would double what each refusal costs, and still differ with the state of caches.
    static let refusalInterval = Duration.milliseconds(5)

    /// The caller, which has a valid credential.
    ///
    /// - Throws: ``Refusal/forbidden`` or another ``Refusal``, after a time that does not reveal why; or a ``StorageError``.
    func caller(of request: Request, context: ClientContext, subdomain: String? = nil) async throws -> Caller {
        let began = ContinuousClock.now
        do {
            return try await knownCaller(of: request, context: context, subdomain: subdomain)
        } catch let refusal as Refusal {
            let taken = began.duration(to: .now) / Self.refusalInterval
            // The sleep ends early only if the client is gone.
            try? await Task.sleep(until: began + Self.refusalInterval * Int(taken.rounded(.up)), clock: .continuous)
            throw refusal
        }
    }

    private func knownCaller(of request: Request, context: ClientContext, subdomain: String?) async throws -> Caller {
        let address = trustedProxies.clientAddress(peer: context.peer, headers: request.headers)
        let (username, key) = Self.credential(in: request)
        let identity = try await authentication.identity(
            for: Authentication.Claim(username: username, key: key, subdomain: subdomain, address: address))
        return Caller(
            credential: identity.credential, delegate: identity.delegate,
            actor: Actor(.credential(identity.credential.username), from: address))
    }

    /// The holder of a delegate.
    ///
    /// - Throws: as ``caller(of:context:subdomain:)``, and ``Refusal/groupKey``.
    func holder(of request: Request, context: ClientContext) async throws -> Holder {
        let caller = try await caller(of: request, context: context)
        guard let delegate = caller.credential.delegate else { throw Refusal.groupKey }
        return Holder(caller: caller, delegate: delegate)
    }

    /// HTTP Basic (RFC 7617) counts only if there is no header of acme-dns's: a proxy may want it for itself.
    private static func credential(in request: Request) -> (username: String, key: String) {
        let username = request.headers.values(of: "X-Api-User").first
        let key = request.headers.values(of: "X-Api-Key").first
        guard username == nil, key == nil, let basic = basicCredential(in: request) else { return (username ?? "", key ?? "") }
        return basic
    }

    static func basicCredential(in request: Request) -> (username: String, key: String)? {
        guard let header = request.headers[.authorization] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic",
            let octets = Data(base64Encoded: String(parts[1][...].trimmingWhitespace)),
            let text = String(validating: octets, as: UTF8.self), let colon = text.firstIndex(of: ":")
        else { return nil }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
}

/// The sender of a request.
struct Caller: Sendable {
    let credential: HeldCredential
    /// The credential's own delegate, or the delegate of its group that the request names.
    let delegate: DomainName?
    let actor: Actor

    /// Metadata for the log. It contains no part of a credential: the audit log tells which one it was.
    var metadata: Logger.Metadata {
        [
            "delegate.name": "\(delegate.map { "\($0)" } ?? "none")",
            "peer.address": "\(actor.address.map { "\($0)" } ?? "unknown")",
        ]
    }
}

/// A caller whose credential is for one delegate only.
struct Holder: Sendable {
    let caller: Caller
    let delegate: DomainName

    var actor: Actor { caller.actor }
    var metadata: Logger.Metadata { caller.metadata }
}
