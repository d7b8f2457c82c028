/// A problem in the configuration, and its place.
package struct ConfigurationProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package var origin: ConfigurationOrigin?
    package var text: String

    package init(_ text: String, at origin: ConfigurationOrigin? = nil) {
        self.text = text
        self.origin = origin
    }

    package var description: String {
        origin.map { "\($0): \(text)" } ?? text
    }
}

/// All problems of a configuration; never empty.
package struct ConfigurationProblems: Error, Sendable {
    package var all: [ConfigurationProblem]
}

/// The place where a value was written.
package enum ConfigurationOrigin: Hashable, Sendable, CustomStringConvertible {
    case file(path: String, line: Int)
    case environment(variable: String)
    case option(name: String)
    /// A line of a master file that the configuration names.
    case zoneFile(path: String, line: Int)

    package var description: String {
        switch self {
        case .file(let path, let line), .zoneFile(let path, let line): "\(path):\(line)"
        case .environment(let variable): "environment variable \(variable)"
        case .option(let name): "option \(name)"
        }
    }
}
