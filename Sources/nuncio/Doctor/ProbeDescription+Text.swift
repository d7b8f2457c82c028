import DelegateAPI

/// The probe for people.
extension ProbeDescription {
    var lines: [String] {
        var table = TextTable("SERVER", "ADDRESS", "HAD IT AFTER")
        for server in servers {
            table.add([server.server, server.address, server.seconds.map(Self.text) ?? "never"])
        }
        let others = "\(restoredValues) other value\(restoredValues == 1 ? "" : "s") published again"
        return ["A random value was published at \(delegate) in \(Self.text(publishedSeconds))."] + table.lines
            + ["It was withdrawn in \(Self.text(withdrawnSeconds))\(restoredValues == 0 ? "" : ", and \(others)")."]
    }

    private static func text(_ seconds: Double) -> String {
        let milliseconds = Int((seconds * 1_000).rounded())
        let rest = String(milliseconds % 1_000)
        return "\(milliseconds / 1_000).\(String(repeating: "0", count: 3 - rest.count))\(rest) s"
    }
}
