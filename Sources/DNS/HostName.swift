/// A valid host name: letters, digits and hyphens, no hyphen at an end of a label (RFC 952, RFC 1123 section 2.1), labels of
/// internationalised names as A-labels (RFC 5890), and a last label that is not a number, as that of an address is (RFC 3696 section 2).
///
/// Owners of records, such as `_dmarc` and `*`, need not be host names: they are a ``DomainName``.
package struct HostName: Hashable, Sendable {
    package let domainName: DomainName

    /// Where a label may have an underscore, as in names that are not of hosts (RFC 8552).
    package enum Underscores: Sendable {
        case nowhere
        /// At the start of any label: for the name of a zone, which need not contain a host.
        case inFront
        /// In place of any letter: for the name of a delegate, which only certificate authorities query.
        case anywhere
    }

    /// Reads a name as people write it, with or without a final dot.
    ///
    /// - Throws: ``PresentationError`` that says what the text is instead and, if known, what to write: the A-label of a Unicode name, the
    ///   name within a URL.
    package init(_ text: some StringProtocol, underscores: Underscores = .nowhere) throws(PresentationError) {
        let text = String(text)
        if let misunderstanding = Misunderstanding(text, underscores) { throw PresentationError(misunderstanding.description) }
        try self.init(plain: text, underscores: underscores)
    }

    private init(plain text: String, underscores: Underscores) throws(PresentationError) {
        let labels = text.split(separator: ".", omittingEmptySubsequences: true)
        if !text.unicodeScalars.allSatisfy(\.isASCII) { throw Self.notASCII(text, underscores: underscores) }
        for label in labels { try Self.check(label, of: text, underscores) }
        let name = try DomainName(text)
        guard let last = labels.last else {
            throw PresentationError("“.” cannot be a host name: give a name, not the root")
        }
        guard !last.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
            throw PresentationError("“\(text)” ends in a number, as addresses do and names do not (RFC 3696 section 2)")
        }
        domainName = name
    }

    /// - Parameter label: a label of ASCII characters.
    private static func check(
        _ label: Substring, of text: String, _ underscores: Underscores
    ) throws(PresentationError) {
        let rest = underscores != .nowhere && label.first == "_" ? label.dropFirst() : label
        if let odd = rest.unicodeScalars.first(where: { !isPlain($0) && !($0 == "_" && underscores == .anywhere) }) {
            let reason =
                "“\(text)” cannot be a host name: \(odd.inWords) in it, and host names have only letters, digits and hyphens"
            throw PresentationError("\(reason) (RFC 1123 section 2.1)")
        }
        guard rest.first != "-", rest.last != "-", !rest.isEmpty else {
            let reason = rest.isEmpty ? "is only an underscore" : "begins or ends with a hyphen (RFC 1123 section 2.1)"
            throw PresentationError("“\(text)” cannot be a host name: its label “\(label)” \(reason)")
        }
        guard rest.utf8.count > 3, rest.utf8.dropFirst(2).starts(with: "--".utf8) else { return }
        guard rest.lowercased().hasPrefix(InternationalLabel.prefix) else {
            throw PresentationError(
                "“\(text)” cannot be a host name: its label “\(label)” has hyphens in the third and the fourth place, which is "
                    + "reserved (RFC 5890 section 2.3.1)")
        }
        guard InternationalLabel.isALabel(String(rest)) else {
            throw PresentationError(
                "“\(text)” cannot be a host name: its label “\(label)” begins with “xn--” but is not the form of any "
                    + "internationalised label (RFC 5890 section 2.3.2.1)")
        }
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-": true
        default: false
        }
    }

    static func notASCII(_ text: String, underscores: Underscores = .inFront) -> PresentationError {
        do throws(PresentationError) {
            let name = try ALabels(text).name
            do throws(PresentationError) {
                _ = try HostName(plain: name, underscores: underscores)
            } catch {
                return PresentationError("“\(text)” is “\(name)” in its xn-- form, and \(error)")
            }
            return PresentationError(
                "“\(text)” has characters that are not ASCII: write it in its xn-- form as “\(name)” (RFC 5890)")
        } catch {
            return error
        }
    }

    /// A name with its non-ASCII labels as A-labels.
    private struct ALabels {
        let name: String

        init(_ text: some StringProtocol) throws(PresentationError) {
            // The full stops of East Asia separate labels, too (RFC 5895 section 2).
            let labels = text.split(omittingEmptySubsequences: false) { ".\u{3002}\u{FF0E}\u{FF61}".contains($0) }
            var names: [String] = []
            for label in labels {
                guard !label.unicodeScalars.allSatisfy(\.isASCII) else {
                    names.append(String(label))
                    continue
                }
                do throws(PresentationError) {
                    names.append(try InternationalLabel.aLabel(of: label))
                } catch {
                    let whose = labels.count == 1 ? "“\(text)”" : "the label “\(label)” of “\(text)”"
                    throw PresentationError("\(whose) \(error)")
                }
            }
            name = names.joined(separator: ".")
        }
    }

    /// Returns a name with its non-ASCII labels as A-labels.
    ///
    /// - Returns: `nil` if the result is not a host name either.
    package static func ascii(_ text: some StringProtocol, underscores: Underscores = .inFront) -> String? {
        guard let name = (try? ALabels(text))?.name else { return nil }
        return (try? HostName(plain: name, underscores: underscores)).map { _ in name }
    }

    /// Returns the host name within something else: a URL, a mail address or a wildcard.
    ///
    /// - Returns: `nil` if there is none, or if the text is only the name.
    package static func name(within text: String, underscores: Underscores = .inFront) -> String? {
        Misunderstanding.name(within: text, underscores)
    }
}

extension HostName: CustomStringConvertible {
    /// The name with its final dot.
    package var description: String { domainName.description }
}

extension Unicode.Scalar {
    /// The character and its verb, for a sentence.
    fileprivate var inWords: String {
        switch self {
        case " ": "a blank is"
        case "!"..."~": "“\(self)” is"
        default: "a control character is"
        }
    }
}
