import Foundation
import SystemErrors
import Yams

extension ConfigurationEntries {
    /// Adds the entries of a YAML file.
    package mutating func add(file path: String) {
        file = FilePath.absolute(path)
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            reportIncomplete(ConfigurationProblem("the file “\(path)” cannot be read: \(SystemError.text(error))"))
            return
        }
        add(text: text, path: path)
    }

    /// Adds the entries of a YAML text.
    ///
    /// - Parameter path: the path of the file that has the text, or will have it.
    package mutating func add(text: String, path: String) {
        file = FilePath.absolute(path)
        do {
            guard let root = try Yams.compose(yaml: text) else { return }
            guard case .mapping(let mapping) = root else {
                reportIncomplete(
                    ConfigurationProblem(
                        "the file must hold keys and values, like “zones: [\"delegates.example.net\"]”",
                        at: .file(path: path, line: root.mark?.line ?? 1)))
                return
            }
            add(mapping, prefix: "", path: path)
        } catch let error as YamlError {
            reportIncomplete(Self.problem(error, path: path))
        } catch {
            reportIncomplete(ConfigurationProblem("this is not YAML: \(error)", at: .file(path: path, line: 1)))
        }
    }

    private mutating func add(_ mapping: Node.Mapping, prefix: String, path: String) {
        for (keyNode, valueNode) in mapping {
            let origin = ConfigurationOrigin.file(path: path, line: keyNode.mark?.line ?? 1)
            guard let part = keyNode.string else {
                report(ConfigurationProblem("a key must be a word", at: origin))
                continue
            }
            let name = prefix + part
            if let key = ConfigurationKey.byName[name] {
                add(valueNode, for: key, path: path, origin: origin)
            } else if ConfigurationKey.all.contains(where: { $0.name.hasPrefix(name + ".") }) {
                guard case .mapping(let inner) = valueNode else {
                    report(ConfigurationProblem("“\(name)” must hold keys, not a value", at: origin))
                    continue
                }
                add(inner, prefix: name + ".", path: path)
            } else {
                let nearest = ConfigurationKey.nearest(to: name)
                report(ConfigurationProblem("there is no key “\(name)”; did you mean “\(nearest)”?", at: origin))
            }
        }
    }

    private mutating func add(_ node: Node, for key: ConfigurationKey, path: String, origin: ConfigurationOrigin) {
        switch (key.kind, node) {
        case (.list, .sequence(let items)):
            var values: [Value] = []
            for item in items {
                let itemOrigin = ConfigurationOrigin.file(path: path, line: item.mark?.line ?? 1)
                guard case .scalar(let scalar) = item, scalar.isText || scalar.style != .plain else {
                    report(ConfigurationProblem("“\(key.name)” must be a list of texts in quotes", at: itemOrigin))
                    continue
                }
                values.append(Value(text: scalar.string, origin: itemOrigin))
            }
            set(key, to: values, at: origin)
        case (.list, _):
            report(ConfigurationProblem("“\(key.name)” must be a list, like [\"…\"]", at: origin), ofValueOf: key)
        case (_, .scalar(let scalar)) where scalar.isText || scalar.style != .plain:
            set(key, to: [Value(text: scalar.string, origin: origin)], at: origin)
        case (_, .scalar):
            report(ConfigurationProblem("“\(key.name)” has no value", at: origin), ofValueOf: key)
        case (_, .mapping), (_, .sequence), (_, .alias):
            report(ConfigurationProblem("“\(key.name)” must be one value", at: origin), ofValueOf: key)
        }
    }

    private static func problem(_ error: YamlError, path: String) -> ConfigurationProblem {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            ConfigurationProblem("this is not YAML: \(problem)", at: .file(path: path, line: mark.line))
        case .reader(let problem, let offset, _, let yaml):
            ConfigurationProblem(
                "this is not YAML: \(problem)",
                at: .file(path: path, line: 1 + yaml.prefix(offset ?? 0).count(where: \.isNewline)))
        case .duplicatedKeysInMapping(let duplicates, let context):
            ConfigurationProblem(
                "given twice: \(duplicates.sorted().joined(separator: ", "))",
                at: .file(path: path, line: context.mark.line))
        default:
            ConfigurationProblem("this is not YAML: \(error)", at: .file(path: path, line: 1))
        }
    }
}

extension Node.Scalar {
    /// Whether the scalar has a value: an empty scalar and `null` have none.
    fileprivate var isText: Bool { !["", "~", "null", "Null", "NULL"].contains(string) }
}
