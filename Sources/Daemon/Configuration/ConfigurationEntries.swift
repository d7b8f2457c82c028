/// The values that were given, each with its origin, before they are interpreted.
package struct ConfigurationEntries: Sendable {
    private var entries: [ConfigurationKey: Entry] = [:]
    package private(set) var problems: [ConfigurationProblem] = []
    /// The absolute path of the YAML file; `nil` if there is none.
    var file: String?
    /// Whether a file could not be read or is not YAML, so that its entries are not known.
    private(set) var isIncomplete = false
    /// Oddities that do not keep the server from starting.
    package private(set) var warnings: [ConfigurationProblem] = []

    /// Keys with a value of the wrong kind, which has been reported.
    private(set) var misread: Set<ConfigurationKey> = []

    struct Entry: Sendable {
        var origin: ConfigurationOrigin
        /// One value for each item of a list, or a single value.
        var values: [Value]
    }

    struct Value: Sendable {
        var text: String
        var origin: ConfigurationOrigin
    }

    package init() {}

    subscript(key: ConfigurationKey) -> Entry? { entries[key] }

    /// Sets a value, and overrides an earlier one.
    mutating func set(_ key: ConfigurationKey, to values: [Value], at origin: ConfigurationOrigin) {
        entries[key] = Entry(origin: origin, values: values)
    }

    mutating func report(_ problem: ConfigurationProblem) {
        problems.append(problem)
    }

    mutating func report(_ problem: ConfigurationProblem, ofValueOf key: ConfigurationKey) {
        problems.append(problem)
        misread.insert(key)
    }

    mutating func reportIncomplete(_ problem: ConfigurationProblem) {
        problems.append(problem)
        isIncomplete = true
    }

    /// Adds the entries of the environment.
    ///
    /// Variables that only look like keys give a warning, not an error: container platforms make some from a service's name.
    package mutating func add(environment: [String: String]) {
        let keys = Dictionary(uniqueKeysWithValues: ConfigurationKey.all.map { ($0.environmentVariable, $0) })
        for (variable, text) in environment.sorted(by: { $0.key < $1.key })
        where variable.hasPrefix(ConfigurationKey.environmentPrefix) {
            let origin = ConfigurationOrigin.environment(variable: variable)
            if let key = keys[variable] {
                set(key, to: Self.split(text, for: key, origin: origin), at: origin)
            } else {
                warnings.append(ConfigurationProblem("belongs to no key", at: origin))
            }
        }
    }

    /// Adds an option of the command line. An option that is given several times makes a list.
    package mutating func add(option name: String, for keyName: String, values: [String]) {
        guard !values.isEmpty, let key = ConfigurationKey.byName[keyName] else { return }
        let origin = ConfigurationOrigin.option(name: name)
        set(key, to: values.map { Value(text: $0, origin: origin) }, at: origin)
    }

    /// The values of a key as they were given; empty if it was not given.
    package func values(of keyName: String) -> [String] {
        ConfigurationKey.byName[keyName].flatMap { self[$0] }?.values.map(\.text) ?? []
    }

    private static func split(_ text: String, for key: ConfigurationKey, origin: ConfigurationOrigin) -> [Value] {
        guard case .list(let separator) = key.kind else { return [Value(text: text, origin: origin)] }
        return text.split(separator: separator)
            .map { Value(text: $0.trimmingBlanks, origin: origin) }
            .filter { !$0.text.isEmpty }
    }
}

extension Substring {
    fileprivate var trimmingBlanks: String {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
