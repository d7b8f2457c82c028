import ArgumentParser

/// How a command finds the running server: by the configuration, which leads to its socket, or by a URL.
struct OperatorOptions: ParsableArguments {
    @OptionGroup var local: StorageOptions

    @Option(
        help: "The URL of a server that listens for operators on TCP, like https://nuncio.example.net:9554. (operator.listen)")
    var url: String?

    @Option(help: "The file with the token for --url. (operator.token-file)")
    var tokenFile: String?

    /// The files that the command reads: its output replaces none of them.
    var readFiles: [String] { [local.configurationFile, tokenFile].compactMap { $0 } }

    func validate() throws {
        guard (url == nil) == (tokenFile == nil) else { throw ValidationError("--url and --token-file go together") }
    }
}
