/// A label of an internationalised name (RFC 5890 section 2.3.2.1) in its two forms: the U-label in Unicode, and the A-label in the DNS.
///
/// The checks cover the characters (RFC 5892), their normalisation and the place of marks and hyphens (RFC 5891 section 4.2). They leave
/// out the rules on context (RFC 5892 appendix A) and on directions (RFC 5893): a label that breaks only these is accepted.
enum InternationalLabel {
    static let prefix = "xn--"

    /// Returns the A-label of a label as people write it. The text is first lowercased and composed (RFC 5895 section 2).
    ///
    /// - Throws: ``PresentationError`` if the text has no A-label. Its description continues a sentence that begins with the text.
    static func aLabel(of text: some StringProtocol) throws(PresentationError) -> String {
        let scalars = composed(text.unicodeScalars.flatMap { Array($0.properties.lowercaseMapping.unicodeScalars) })
        if scalars.first == "-" || scalars.last == "-" {
            throw PresentationError("begins or ends with a hyphen (RFC 5891 section 4.2.3.1)")
        }
        guard isULabel(scalars), let encoded = Punycode.encoded(scalars) else {
            throw PresentationError(
                "has characters that no host name can have, not even an internationalised one (RFC 5890)")
        }
        let length = prefix.utf8.count + encoded.utf8.count
        guard length <= DomainName.maximumLabelLength else {
            throw PresentationError(
                "is too long: its xn-- form has \(length) octets, and a label at most \(DomainName.maximumLabelLength)")
        }
        return prefix + encoded
    }

    /// Whether a label that begins with “xn--” is one that ``aLabel(of:)`` makes. Case does not matter.
    static func isALabel(_ label: String) -> Bool {
        let label = label.lowercased()
        guard let scalars = Punycode.decoded(String(label.dropFirst(prefix.count))), isULabel(scalars),
            composed(scalars) == scalars
        else { return false }
        return Punycode.encoded(scalars).map { prefix + $0 } == label
    }

    /// Whether the characters form a U-label (RFC 5891 section 4.2). A label of ASCII alone is not one.
    private static func isULabel(_ scalars: [Unicode.Scalar]) -> Bool {
        guard let first = scalars.first, scalars.contains(where: { !$0.isASCII }), scalars.allSatisfy(isPermitted) else {
            return false
        }
        guard first != "-", scalars.last != "-", !(scalars.count > 3 && scalars[2] == "-" && scalars[3] == "-") else {
            return false
        }
        return !isMark(first) && first != "\u{200C}" && first != "\u{200D}"
    }

    /// Whether RFC 5892 section 3 permits a character, everywhere or in some context.
    private static func isPermitted(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x7F:
            return scalar == "-" || "a"..."z" ~= scalar || "0"..."9" ~= scalar
        case 0x00DF, 0x03C2, 0x06FD, 0x06FE, 0x0F0B, 0x3007, 0x00B7, 0x0375, 0x05F3, 0x05F4, 0x30FB, 0x200C, 0x200D:
            // Valid exceptions (sections 2.6 and 2.8).
            return true
        case 0x0640, 0x07FA, 0x302E, 0x302F, 0x3031...0x3035, 0x303B, 0x1100...0x11FF, 0xA960...0xA97F, 0xD7B0...0xD7FF:
            // Invalid exceptions, and old Hangul (sections 2.6 and 2.9).
            return false
        default:
            // Case folding changes upper case, compatibility forms and invisible characters (section 2.2).
            return !scalar.properties.changesWhenNFKCCaseFolded && isLetterOrDigit(scalar)
        }
    }

    /// RFC 5892 section 2.1.
    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .otherLetter, .modifierLetter, .decimalNumber, .nonspacingMark, .spacingMark:
            true
        default: false
        }
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    // MARK: Normalisation

    /// Returns form C (UAX 15) of text in which separate marks follow their letters, as keyboards and file systems write it.
    private static func composed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        var base: Int?
        for scalar in ordered(scalars) {
            let order = order(scalar)
            if order == 0, !isHangulPart(scalar) {
                base = result.count
                result.append(scalar)
            } else if let base, base == result.count - 1 || order > result.last.map(Self.order) ?? 0,
                let whole = composition(result[base], scalar)
            {
                // No mark of the same class stands between them.
                result[base] = whole
            } else {
                result.append(scalar)
            }
        }
        return result
    }

    /// Sorts the marks after each letter by their classes.
    private static func ordered(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result = scalars
        for index in result.indices where order(result[index]) > 0 {
            var place = index
            while place > 0, order(result[place - 1]) > order(result[place]) {
                result.swapAt(place - 1, place)
                place -= 1
            }
        }
        return result
    }

    private static func order(_ scalar: Unicode.Scalar) -> UInt8 { scalar.properties.canonicalCombiningClass.rawValue }

    private static func isHangulPart(_ scalar: Unicode.Scalar) -> Bool { 0x1161...0x11C2 ~= scalar.value }

    /// The single character that is equal to a pair. The standard library compares text as if normalised, but does not expose its tables.
    private static func composition(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
        guard !first.isASCII || "a"..."z" ~= first || "A"..."Z" ~= first else { return nil }
        var pair = ""
        pair.unicodeScalars.append(contentsOf: [first, second])
        for range in compositions {
            for value in range {
                guard let scalar = Unicode.Scalar(value), !scalar.properties.isFullCompositionExclusion else { continue }
                if String(Character(scalar)) == pair { return scalar }
            }
        }
        return nil
    }

    /// The ranges of letters that consist of another letter and a mark.
    private static let compositions: [ClosedRange<UInt32>] = [
        0x00C0...0x0233, 0x0344...0x045E, 0x0476...0x04F9, 0x0622...0x06D3, 0x0929...0x0DDE, 0x0F43...0x1026, 0x1B06...0x1B43,
        0x1E00...0x1FFC, 0x3040...0x30FE, 0xAC00...0xD7A3, 0x1109A...0x119FF,
    ]
}
