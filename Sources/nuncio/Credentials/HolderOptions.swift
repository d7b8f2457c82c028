import ArgumentParser

/// How an operator's command works for a holder instead: with a credential, through the public API.
struct HolderOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Do it as the holder, over the server's public API: a file with what “nuncio register” printed, in any of its formats.",
            valueName: "file"))
    var credentials: String?

    @Option(
        name: .customLong("domain"),
        help: ArgumentHelp("With --credentials: which credential to use from a file with several.", valueName: "domain"),
        transform: CertificateDomain.name)
    var key: String?

    @Option(help: ArgumentHelp("With --credentials: the server's URL. Default: the one in the file.", valueName: "url"))
    var server: String?

    func validate() throws {
        guard credentials == nil else { return }
        for (option, isGiven) in [("--domain", key != nil), ("--server", server != nil)] where isGiven {
            throw ValidationError(
                "\(option) goes with --credentials: operators find the server by --config, --storage or --url")
        }
    }

    /// Refuses the options of operators beside `--credentials`.
    ///
    /// - Parameter others: more options of operators, each with whether it is given.
    func check(besides options: OperatorOptions, _ others: KeyValuePairs<String, Bool>) throws {
        guard credentials != nil else { return }
        let ways: KeyValuePairs = [
            "--config": options.local.config != nil, "--storage": options.local.storage != nil, "--url": options.url != nil,
            "--token-file": options.tokenFile != nil,
        ]
        for (option, isGiven) in ways where isGiven {
            throw ValidationError(
                "\(option) is for operators and --credentials for holders: give one of them. With --credentials the server is that of --server, or of the file"
            )
        }
        for (option, isGiven) in others where isGiven {
            throw ValidationError(
                "\(option) is for operators and --credentials for holders: give one of them. A credential is for one delegate, which the file names"
            )
        }
    }
}
