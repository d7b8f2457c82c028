extension DomainName: CustomStringConvertible {
    /// The presentation form (RFC 1035 section 5.1), with the final dot.
    package var description: String {
        guard !isRoot else { return "." }
        var text = presentation
        text.append(UInt8(ascii: "."))
        return String(decoding: text, as: UTF8.self)
    }

    /// The presentation form without the final dot, in ASCII; empty for the root.
    private var presentation: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(wire.count)
        var next = 0
        // The length that comes next; labels are looked through in place.
        while wire[next] != 0 {
            if !text.isEmpty { text.append(UInt8(ascii: ".")) }
            let end = next + 1 + Int(wire[next])
            for octet in wire[next + 1..<end] {
                switch octet {
                case UInt8(ascii: "."), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: ";"), UInt8(ascii: "@"),
                    UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "$"):
                    text.append(UInt8(ascii: "\\"))
                    text.append(octet)
                case 0x21...0x7E: text.append(octet)
                default: text += Presentation.decimalEscape(octet).utf8
                }
            }
            next = end
        }
        return text
    }

    /// The presentation form without the final dot, as host names and the acme-dns API write it.
    package var withoutFinalDot: String {
        isRoot ? "." : String(decoding: presentation, as: UTF8.self)
    }
}

extension DomainName {
    /// Reads the presentation form. A name without a final dot counts as fully qualified.
    ///
    /// - Throws: ``PresentationError`` that says what is wrong with the name.
    package init(_ text: some StringProtocol) throws(PresentationError) {
        self = try DomainName.read(Array(text.utf8)).name
    }

    /// Reads a name in a record: a name without a final dot is below the origin, and `@` is the origin itself.
    ///
    /// - Parameter origin: `nil` if names must be fully qualified.
    init(_ token: Presentation.Token, relativeTo origin: DomainName?) throws(PresentationError) {
        if token.octets == [UInt8(ascii: "@")] {
            guard let origin else {
                throw PresentationError(
                    "“@” stands for the origin, and there is none: write the name in full", lacksOrigin: true)
            }
            self = origin
            return
        }
        let (name, isFullyQualified) = try DomainName.read(token.octets)
        if isFullyQualified {
            self = name
            return
        }
        let text = token.text
        guard let origin else {
            throw PresentationError(
                "the name “\(text)” does not end with a dot: write it in full, as in “\(text).”", lacksOrigin: true)
        }
        let wire = name.wire.dropLast() + origin.wire
        guard wire.count <= Self.maximumWireLength else {
            throw PresentationError("the name “\(text).\(origin)” has more than \(Self.maximumWireLength) octets")
        }
        self.init(wellFormedWire: Array(wire))
    }

    private static func read(
        _ written: [UInt8]
    ) throws(PresentationError) -> (name: DomainName, isFullyQualified: Bool) {
        guard !written.isEmpty else { throw PresentationError("the name is empty") }
        guard written != [UInt8(ascii: ".")] else { return (.root, true) }
        var text: String { String(decoding: written, as: UTF8.self) }

        var wire: [UInt8] = [0]
        var labelStart = 0
        var octets = Presentation.Unescaping(written)
        while let octet = try octets.next() {
            if octet.value == UInt8(ascii: ".") && !octet.isEscaped {
                guard wire.count > labelStart + 1 else {
                    throw PresentationError("the name “\(text)” has an empty label (two dots, or a dot at the start)")
                }
                labelStart = wire.count
                wire.append(0)
            } else {
                guard wire[labelStart] < maximumLabelLength else {
                    throw PresentationError(
                        "the name “\(text)” has a label of more than \(maximumLabelLength) octets")
                }
                wire.append(octet.value)
                wire[labelStart] += 1
            }
        }
        let isFullyQualified = wire[labelStart] == 0
        if !isFullyQualified { wire.append(0) }
        guard wire.count <= maximumWireLength else {
            throw PresentationError("the name “\(text)” has more than \(maximumWireLength) octets")
        }
        return (DomainName(wellFormedWire: wire), isFullyQualified)
    }
}
