/// A zone as a text file (RFC 1035 section 5): `$ORIGIN`, `$TTL`, parentheses, comments, owners left out, relative names.
package struct MasterFile: Sendable {
    package private(set) var records: [(record: ResourceRecord, line: Int)] = []
    package private(set) var problems: [Problem] = []

    /// What is wrong with a line, in words.
    package struct Problem: Hashable, Sendable {
        package var line: Int
        package var text: String

        package init(line: Int, text: String) {
            self.line = line
            self.text = text
        }
    }

    /// More problems than these are not gathered: something else than a master file was given.
    private static let maximumProblems = 20

    /// Reads a whole file. What can be read is in ``records``, what cannot in ``problems``.
    ///
    /// - Parameter origin: what names without a final dot are below, until `$ORIGIN` says otherwise; nothing where each such name
    ///   is to be a problem.
    package init(_ text: String, origin: DomainName? = nil) {
        var reading = Reading(origin: origin)
        var scanner = Presentation.Scanner(text)
        while problems.count < Self.maximumProblems {
            let line = scanner.line
            do {
                guard let entry = try scanner.next() else { return }
                do {
                    if let record = try reading.record(of: entry) { records.append((record, entry.line)) }
                } catch {
                    problems.append(Problem(line: entry.line, text: error.description))
                }
            } catch {
                problems.append(Problem(line: line, text: error.description))
            }
        }
    }

    /// What earlier lines say about later ones.
    private struct Reading {
        var origin: DomainName?
        var defaultTTL: UInt32?
        var lastTTL: UInt32?
        var lastOwner: DomainName?

        /// The record of an entry; nothing if it is a directive.
        mutating func record(of entry: Presentation.Entry) throws(PresentationError) -> ResourceRecord? {
            var fields = entry.tokens[...]
            if !entry.beginsWithBlank, let first = fields.first, first.text.hasPrefix("$"), !first.isQuoted {
                try directive(first.text.uppercased(), arguments: Array(fields.dropFirst()))
                return nil
            }
            let owner: DomainName
            if entry.beginsWithBlank {
                guard let lastOwner else { throw PresentationError("the first record has no owner") }
                owner = lastOwner
            } else {
                owner = try DomainName(fields.removeFirst().text, relativeTo: origin)
                lastOwner = owner
            }
            let record = try ResourceRecord(owner: owner, fields: fields, defaultTTL: defaultTTL ?? lastTTL, origin: origin)
            // Without $TTL, a record has the TTL of the one before it (RFC 1035 section 5.1).
            lastTTL = record.ttl
            return record
        }

        private mutating func directive(
            _ name: String, arguments: [Presentation.Token]
        ) throws(PresentationError) {
            guard arguments.count == 1, let argument = arguments.first?.text else {
                throw PresentationError("\(name) takes one argument")
            }
            switch name {
            case "$ORIGIN":
                origin = try DomainName(argument, relativeTo: origin)
            case "$TTL":
                guard let seconds = Presentation.seconds(argument) else {
                    throw PresentationError("“\(argument)” is not a TTL of at most 2147483647 s (RFC 2181 section 8)")
                }
                defaultTTL = seconds
            default:
                throw PresentationError("\(name) is not known: $ORIGIN and $TTL are")
            }
        }
    }
}
