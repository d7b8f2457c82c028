import Delegates
import Foundation
import Hummingbird
import NIOCore

/// What is known of a request beside itself: here, who sent it.
struct ClientContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The other end of the TCP connection; nothing where there is none, as in tests without sockets.
    let peer: IPAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
    }

    /// The part of the path at that place, its percent-encoding undone.
    func parameter(_ name: String) -> String? { parameters.get(name).map(RequestPath.decoded) }

    /// Whoever comes in at a door for operators.
    var `operator`: Actor { Actor(.operator, from: peer) }
}
