import ArgumentParser
import DelegateAPI
import Foundation
import Glibc

extension DelegatesCommand {
    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a delegate's values back and take none of its keys, until it is enabled.",
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
                printToStandardError("\(name) is disabled: it has no values, and its keys are not taken.")
            }
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a disabled delegate's keys again.",
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
            abstract: "End a delegate for ever: its name is never given out again.",
            discussion: """
                EXAMPLE:
                  nuncio delegates delete web1 --config nuncio.yaml --yes

                Its values and keys are gone at once, and certificates that depend on it are not renewed. It cannot be undone, \
                also not by restoring a backup. To try whether somebody misses it, disable it first.
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
            abstract: "Make a new key in the place of all others, and print it, which is shown this once.",
            discussion: """
                EXAMPLE:
                  nuncio delegates rotate web1 --config nuncio.yaml --output web1.json
                  nuncio delegates rotate web1 --config nuncio.yaml \\
                      --overlap 0s --output web1.json

                The other keys are taken until the overlap is over, so that clients can be given the new one meanwhile: as many as there \
                may be beside it (limits.keys), those that were used last before others; further ones end at once. The new one may do \
                what the newest good one may. For a group: nuncio keys rotate.
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
