import Authority
import DNS
import Delegates
import Foundation
import Logging
import Nameserver
import Sockets

/// A name server without storage and API, for instruments that cannot follow the whole program: what answers is the same code.
///
///     nuncio-instructions names FILE COUNT        writes the names that the others have
///     nuncio-instructions responder CASE COUNT N  answers N queries of a kind in memory
///     nuncio-instructions serve PORT COUNT        answers over UDP on 127.0.0.1, with one thread, until its standard input ends
///
/// COUNT is the number of delegates, each with two values. CASE is one of txt, nodata, nxdomain, caa, mixed-case, cookie.
@main
struct Benchmark {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst().map { $0 }
        switch (arguments.first, arguments.count) {
        case ("names", 3):
            let content = Content(count: Int(arguments[2]) ?? 0)
            try? content.names.joined(separator: "\n").write(toFile: arguments[1], atomically: true, encoding: .utf8)
        case ("responder", 4):
            guard let count = Int(arguments[2]), let queries = Int(arguments[3]), let kind = QueryKind(rawValue: arguments[1])
            else { usage() }
            Content(count: count).answer(kind, times: queries)
        case ("serve", 3):
            guard let port = UInt16(arguments[1]), let count = Int(arguments[2]) else { usage() }
            serve(Content(count: count), port: port)
        default:
            usage()
        }
    }

    private static func usage() -> Never {
        print("usage: nuncio-instructions names FILE COUNT | responder CASE COUNT N | serve PORT COUNT")
        exit(64)
    }

    /// The main thread must stay a plain one: Callgrind ends when the runtime turns it into another.
    private static func serve(_ content: Content, port: UInt16) {
        let endpoint = Endpoint(host: .v4(IPv4Address(octets: [127, 0, 0, 1])), port: port)
        let logger = Logger(label: "instructions")
        let listener: UDPListener
        do {
            listener = try UDPListener(
                endpoint: endpoint, threads: 1, responder: Replaceable(content.responder), clock: SteadyClock { content.now },
                tap: QueryTap(logger: logger), statistics: QueryStatistics(), logger: logger)
        } catch {
            print("\(error)")
            exit(74)
        }
        let task = Task { try await listener.run() }
        print("ready")
        fflush(nil)
        while readLine() != nil {}
        task.cancel()
        let isOver = DispatchSemaphore(value: 0)
        Task {
            _ = try? await task.value
            isOver.signal()
        }
        isOver.wait()
    }
}
