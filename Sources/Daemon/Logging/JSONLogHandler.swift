import Foundation
package import Logging

/// Writes each message as one JSON object on one line of standard error.
package struct JSONLogHandler: LogHandler {
    package var logLevel = Logger.Level.info
    package var metadata = Logger.Metadata()
    private let label: String

    package init(label: String) {
        self.label = label
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
        let entry = Entry(
            time: Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)), level: event.level.rawValue,
            logger: label, message: "\(event.message)", data: fields)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var line = try? encoder.encode(entry) else { return }
        line.append(UInt8(ascii: "\n"))
        FileHandle.standardError.write(line)
    }

    private struct Entry: Encodable {
        var time: String
        var level: String
        var logger: String
        var message: String
        var data: [String: String]
    }
}

extension Logger {
    /// The server's logger to standard error, in the configured format and with a level that can change later.
    package init(_ settings: Configuration.Logging, level: SharedLogLevel) {
        self.init(label: "nuncio") { label in
            let handler: any LogHandler =
                switch settings.format {
                case .text: StreamLogHandler.standardError(label: label)
                case .json: JSONLogHandler(label: label)
                }
            return LevelledLogHandler(handler, level: level)
        }
    }
}
