/// Writes metrics in the text format of Prometheus, version 0.0.4.
package struct Exposition: Sendable {
    package private(set) var text = ""

    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The names and values of labels.
    package typealias Labels = [(name: String, value: String)]

    package enum Kind: String, Sendable {
        case counter
        case gauge
    }

    package init() {}

    /// Writes a metric with a value for each set of labels, unless there are no values.
    package mutating func write(_ kind: Kind, _ name: String, _ help: String, _ values: [(labels: Labels, value: Double)]) {
        guard !values.isEmpty else { return }
        writeHead(name, help, kind.rawValue)
        for (labels, value) in values { writeSample(name, labels, Self.text(of: value)) }
    }

    package mutating func write(_ kind: Kind, _ name: String, _ help: String, _ value: Double) {
        write(kind, name, help, [([], value)])
    }

    /// Writes a histogram for each set of labels.
    package mutating func write(_ name: String, _ help: String, _ histograms: [(labels: Labels, value: Histogram.Snapshot)]) {
        guard !histograms.isEmpty else { return }
        writeHead(name, help, "histogram")
        for (labels, histogram) in histograms {
            var sum: UInt64 = 0
            for (bound, count) in zip(histogram.bounds.map(Self.text) + ["+Inf"], histogram.counts) {
                sum += count
                writeSample(name + "_bucket", labels + [("le", bound)], String(sum))
            }
            writeSample(name + "_sum", labels, Self.text(of: histogram.sum))
            writeSample(name + "_count", labels, String(sum))
        }
    }

    private mutating func writeHead(_ name: String, _ help: String, _ kind: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
    }

    private mutating func writeSample(_ name: String, _ labels: Labels, _ value: String) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    private static func text(of value: Double) -> String {
        Int64(exactly: value).map { String($0) } ?? "\(value)"
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, letter in
            switch letter {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(letter)
            }
        }
    }
}
