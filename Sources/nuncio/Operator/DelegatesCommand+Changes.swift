import ArgumentParser
import DelegateAPI
import Foundation
import Glibc

extension DelegatesCommand {
    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Withdraw a delegate's values and refuse its keys, until it is enabled.",
            discussion: """
                EXAMPLE:
                  nuncio delegates disable web1 --config nuncio.yaml
                """)

        @Argument(help: "The delegate's name.")
        var name: String
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await OperatorClient.with(options) { client in
                try await client.send(.post, ["delegates", name, "disable"])
                printToStandardError("\(name) is disabled: it has no values, and its keys are refused.")
            }
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Accept a disabled delegate's keys again.",
            discussion: """
                EXAMPLE:
                  nuncio delegates enable web1 --config nuncio.yaml
                """)

        @Argument(help: "The delegate's name.")
        var name: String
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await OperatorClient.with(options) { client in
                try await client.send(.post, ["delegates", name, "enable"])
                printToStandardError("\(name) is enabled.")
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a delegate for ever: its name is never given out again.",
            discussion: """
                EXAMPLE:
                  nuncio delegates delete web1 --config nuncio.yaml --yes

                Its values and keys are gone at once, and certificates that depend on it are not renewed. This cannot be \
                undone, not even by restoring a backup. To find out whether anybody misses it, disable it first.
                """)

        @Argument(help: "The delegate's name.")
        var name: String
        @OptionGroup var options: OperatorOptions
        @Flag(help: "Do not ask.")
        var yes = false

        func run() async throws {
            guard yes || Self.isConfirmed(name) else {
                throw Failure(message: "not deleted: give --yes, or type the name when asked", exitCode: .refused).reported()
            }
            try await OperatorClient.with(options) { client in
                try await client.send(.delete, ["delegates", name])
                printToStandardError("\(name) is deleted, and its name is never given out again.")
            }
        }

        private static func isConfirmed(_ name: String) -> Bool {
            guard isatty(STDIN_FILENO) == 1 else { return false }
            let question = "Type “\(TerminalText.escaped(name))” to delete it for ever: "
            guard (try? FileHandle.standardError.write(contentsOf: Data(question.utf8))) != nil else { return false }
            return readLine() == name
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace all keys with a new one, and print it; it is shown only once.",
            discussion: """
                EXAMPLE:
                  nuncio delegates rotate web1 --config nuncio.yaml --output web1.json
                  nuncio delegates rotate web1 --config nuncio.yaml \\
                      --overlap 0s --output web1.json

                The other keys stay valid until the overlap is over, so that clients can be given the new one meanwhile: as \
                many as limits.keys allows beside it, the most recently used first; the rest end at once. The new one may do \
                what the newest valid one may. For a group: nuncio keys rotate.
                """)

        @Argument(help: "The delegate's name.")
        var name: String
        @OptionGroup var options: OperatorOptions
        @OptionGroup var rotation: RotationOptions
        @OptionGroup var output: CredentialOptions

        func run() async throws {
            try await OperatorClient.with(options) { client in
                let place = try output.output.place(besides: options.readFiles)
                try output.show(
                    try await client.send(.post, ["delegates", name, "rotate"], body: rotation.request), at: place)
            }
        }
    }
}
