/// What setup found and did, for people and for scripts.
struct SetupReport: Encodable {
    /// The path of the configuration.
    var file: String
    /// Whether this call wrote it.
    var isWritten: Bool
    /// Whether nothing is missing, wrong or unknown.
    var isComplete: Bool
    var checks: [SetupCheck]
    /// All lines for the zones' parents.
    var parentZone: [String]
    var warnings: [String]
    /// What to do, in this order.
    var next: [Step]

    struct Step: Encodable, Hashable {
        /// A sentence without its end.
        var text: String
        /// Records to create, or commands to run.
        var lines: [String]
    }

    enum CodingKeys: String, CodingKey {
        case file
        case isWritten = "written"
        case isComplete = "complete"
        case checks
        case parentZone
        case warnings
        case next
    }

    func printed() throws(Failure) {
        for warning in warnings { printToStandardError("warning: \(warning)") }
        try printToStandardOutput(
            isWritten ? "The configuration is in “\(file)”." : "“\(file)” was there already and stays as it is.")
        var table = TextTable("CHECK", "NAME", "STATE")
        for check in checks { table.add([check.title, check.name, check.stateText]) }
        try printToStandardOutput("")
        for line in table.lines { try printToStandardOutput(line) }
        try printToStandardOutput("")
        if isComplete { return try printToStandardOutput("All is well.") }
        try printToStandardOutput("What to do:")
        for (index, step) in next.enumerated() {
            try printToStandardOutput("\(index + 1). \(step.text)\(step.lines.isEmpty ? "." : ":")")
            for line in step.lines { try printToStandardOutput("       \(line)") }
        }
    }
}

extension SetupCheck {
    fileprivate var title: String {
        switch check {
        case .server: "the server answers"
        case .nameservers: "NS at the parent"
        case .address: "name server's address"
        case .resolution: "resolvers get answers"
        case .delegationSigner: "DS at the parent"
        case .api: "address of the API"
        case .challenge: "CNAME for the API's certificate"
        case .terms: "the authority's terms"
        case .certificate: "the server's certificate"
        }
    }

    fileprivate var stateText: String {
        let word = state == .notNeeded ? "not needed" : state.rawValue
        return detail.map { "\(word): \($0)" } ?? word
    }
}
