import Delegates
import Foundation
import Hummingbird
import NIOCore
import Sockets

/// What is known of a request besides its content: here, its sender.
struct ClientContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The other end of the TCP connection; `nil` if there is none, as in tests without sockets.
    let peer: IPAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress?.converted({ IPAddress($0) }, { IPAddress($0) })
    }

    /// The part of the path in a parameter's place, percent-decoded.
    func parameter(_ name: String) -> String? { parameters.get(name).map(RequestPath.decoded) }

    /// The actor of a request to the operator's API.
    var `operator`: Actor { Actor(.operator, from: peer) }
}
