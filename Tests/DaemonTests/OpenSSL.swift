import Foundation
import TestSupport

/// OpenSSL's client, for handshakes that other clients cannot be made to try.
enum OpenSSL {
    /// - Returns: what the program says of a handshake.
    static func handshake(port: UInt16, _ arguments: [String]) async throws -> String {
        try await withTemporaryFolder { folder in
            let (output, error) = (folder.appending(path: "output"), folder.appending(path: "error"))
            let openssl = try ChildProcess(
                "/usr/bin/openssl", ["s_client", "-connect", "127.0.0.1:\(port)"] + arguments, in: folder, output: output,
                error: error)
            try await waitUntil("openssl has ended") { !openssl.isRunning }
            return try String(contentsOf: output, encoding: .utf8) + String(contentsOf: error, encoding: .utf8)
        }
    }
}
