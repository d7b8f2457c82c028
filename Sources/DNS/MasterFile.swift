/// A zone as a text file (RFC 1035 section 5): `$ORIGIN`, `$TTL`, parentheses, comments, omitted owners, relative names.
///
/// It is read as BIND reads it: zones come from other servers, and what those read and this one refuses, or reads otherwise, would be
/// found only when a zone moves here. `Interop/masterfiles` compares, and lists each intended difference.
package struct MasterFile: Sendable {
    package private(set) var records: [(record: ResourceRecord, line: Int)] = []
    package private(set) var problems: [Problem] = []
    /// Oddities that do not prevent reading.
    package private(set) var warnings: [Problem] = []

    /// A problem in a line, in words.
    package struct Problem: Hashable, Sendable {
        package var line: Int
        package var text: String

        package init(line: Int, text: String) {
            self.line = line
            self.text = text
        }
    }

    /// The number of problems after which reading stops: the input is then something other than a master file.
    private static let maximumProblems = 20

    /// Reads a whole file into ``records``, and reports in ``problems`` what it cannot read.
    ///
    /// - Parameters:
    ///   - octets: the file, which need not be UTF-8: strings and names keep their octets.
    ///   - origin: the origin of names without a final dot, until `$ORIGIN` changes it. `nil` means the owner of the SOA record, if that is
    ///     fully qualified.
    ///   - fallback: the origin if neither of these is known. If it is `nil`, too, names without a final dot are a problem.
    package init(_ octets: [UInt8], origin: DomainName? = nil, fallback: DomainName? = nil) {
        let octets = octets.starts(with: Self.byteOrderMark) ? Array(octets.dropFirst(Self.byteOrderMark.count)) : octets
        let start = Start(octets)
        var reading = Reading(origin: origin ?? start.origin ?? fallback, minimum: start.minimum)
        var scanner = Presentation.Scanner(octets)
        var lacksOrigin = false
        while problems.count < Self.maximumProblems {
            let line = scanner.line
            do {
                guard let entry = try scanner.next() else { break }
                do {
                    if let record = try reading.record(of: entry) { records.append((record, entry.line)) }
                } catch  where error.lacksOrigin {
                    // Reported once: one fix mends all lines.
                    if !lacksOrigin { problems.append(Problem(line: entry.line, text: Self.noOrigin)) }
                    lacksOrigin = true
                } catch {
                    problems.append(Problem(line: entry.line, text: error.description))
                }
            } catch {
                problems.append(Problem(line: line, text: error.description))
            }
        }
        if let line = reading.lineOfAssumedTTL {
            let text =
                "neither the record nor a $TTL before it gives a TTL: the SOA record’s last field is used, "
                + "\(reading.defaultTTL ?? 0) s"
            warnings.append(Problem(line: line, text: text))
        }
    }

    package init(_ text: String, origin: DomainName? = nil, fallback: DomainName? = nil) {
        self.init(Array(text.utf8), origin: origin, fallback: fallback)
    }

    private static let noOrigin =
        "the file has no origin for names without a final dot and “@”: give the zone’s name in the configuration, as "
        + "NAME=PATH, or begin the file with a line like “$ORIGIN example.net.”"

    /// Some editors begin UTF-8 files with it. It is not part of any name.
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
}

/// The fields of the SOA record that must be known before the file is read.
private struct Start {
    /// The owner; `nil` if it is not fully qualified.
    var origin: DomainName?
    /// The last field, in seconds.
    var minimum: UInt32?

    init(_ octets: [UInt8]) {
        var scanner = Presentation.Scanner(octets)
        while true {
            // The full reading reports this error.
            guard let entry = try? scanner.next() else { return }
            let tokens = entry.tokens.dropFirst(entry.beginsWithBlank ? 0 : 1)
            guard let record = try? WrittenRecord(tokens), record.type == .soa else { continue }
            if !entry.beginsWithBlank { origin = try? DomainName(entry.tokens[0], relativeTo: nil) }
            // The last field does not depend on the origin of the names.
            minimum = (try? record.data(origin: .root))?.minimum.map { min($0, Presentation.maximumTTL) }
            return
        }
    }
}

/// The state that earlier lines set for later ones.
private struct Reading {
    private var origin: DomainName?
    private(set) var defaultTTL: UInt32?
    private var lastTTL: UInt32?
    private var lastOwner: DomainName?
    /// The last field of the SOA record, in seconds.
    private let minimum: UInt32?
    /// The line at which the SOA's last field was first used as a TTL.
    private(set) var lineOfAssumedTTL: Int?

    init(origin: DomainName?, minimum: UInt32?) {
        self.origin = origin
        self.minimum = minimum
    }

    /// Returns the record of an entry; `nil` if it is a directive.
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
            owner = try DomainName(fields.removeFirst(), relativeTo: origin)
            lastOwner = owner
        }
        let written = try WrittenRecord(fields)
        return ResourceRecord(
            owner: owner, ttl: try ttl(of: written, line: entry.line), data: try written.data(origin: origin))
    }

    /// Without `$TTL`, a record takes the TTL of the one before it (RFC 1035 section 5.1).
    private mutating func ttl(of written: WrittenRecord, line: Int) throws(PresentationError) -> UInt32 {
        if let ttl = written.ttl ?? defaultTTL ?? lastTTL {
            lastTTL = ttl
            return ttl
        }
        guard let minimum else { throw PresentationError("the record has no TTL, and there is no $TTL before it") }
        defaultTTL = minimum
        lineOfAssumedTTL = line
        return minimum
    }

    private mutating func directive(_ name: String, arguments: [Presentation.Token]) throws(PresentationError) {
        switch name {
        case "$ORIGIN":
            origin = try DomainName(try argument(of: name, arguments), relativeTo: origin)
        case "$TTL":
            let text = try argument(of: name, arguments).text
            guard let seconds = Presentation.seconds(text) else {
                throw PresentationError("“\(text)” is not a TTL of at most 2147483647 s (RFC 2181 section 8)")
            }
            defaultTTL = seconds
        case "$DATE":
            // BIND writes it before records that are going to expire. It says nothing about a zone.
            break
        case "$INCLUDE", "$GENERATE":
            throw PresentationError(
                "\(name) is not supported: write its records into the file, or let BIND’s “named-compilezone -o OUTPUT ZONE FILE” "
                    + "do it and name its output here")
        default:
            throw PresentationError("\(name) is not known: only $ORIGIN and $TTL are")
        }
    }

    private func argument(
        of name: String, _ arguments: [Presentation.Token]
    ) throws(PresentationError) -> Presentation.Token {
        guard let argument = arguments.first, arguments.count == 1, !argument.isQuoted else {
            throw PresentationError("\(name) takes one argument, without quotes")
        }
        return argument
    }
}
