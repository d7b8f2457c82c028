import DNS
import Foundation
package import Sockets

/// The resolvers that this machine's programs ask.
package enum SystemResolvers {
    package static var all: [Endpoint] {
        let text = (try? String(contentsOfFile: "/etc/resolv.conf", encoding: .utf8)) ?? ""
        return resolvers(in: text)
    }

    /// The resolvers in a text in the form of `resolv.conf`. An IPv6 address with a zone (`%eth0`) is left out.
    static func resolvers(in text: String) -> [Endpoint] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, words[0] == "nameserver" else { return nil }
            return Endpoint("\(words[1]):53") ?? Endpoint("[\(words[1])]:53")
        }
    }
}
