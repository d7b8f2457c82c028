/// The value of an `issue` or `issuewild` property (RFC 8659 section 4.2), as strict as Let's Encrypt reads it: what it finds wrong
/// allows nobody.
package struct CAAProperty: Hashable, Sendable {
    package struct Parameter: Hashable, Sendable {
        /// In the case that it has: `AccountURI` is an unknown parameter.
        package var tag: String
        package var value: String
    }

    /// The authority's name; empty for nobody.
    package var issuer: String
    package var parameters: [Parameter]

    /// - Returns: `nil` if a parameter is malformed.
    package init?(_ octets: [UInt8]) {
        let parts = Self.parts(of: octets)
        issuer = String(decoding: parts.first ?? [], as: UTF8.self)
        parameters = []
        // One semicolon at the end, without parameters, is a habit of many.
        if parts.count == 2, parts[1].isEmpty { return }
        for part in parts.dropFirst() {
            guard let sign = part.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let (tag, value) = (Self.trimmed(part[..<sign]), Self.trimmed(part[part.index(after: sign)...]))
            guard tag.allSatisfy(Self.isLetterOrDigit), value.allSatisfy({ 0x21...0x7E ~= $0 }) else { return nil }
            parameters.append(
                Parameter(tag: String(decoding: tag, as: UTF8.self), value: String(decoding: value, as: UTF8.self)))
        }
    }

    /// The issuer of any value, whatever its parameters are.
    static func issuer(of octets: [UInt8]) -> String {
        String(decoding: parts(of: octets).first ?? [], as: UTF8.self)
    }

    /// The values of a parameter, which should be one at most.
    package func values(of tag: String) -> [String] { parameters.filter { $0.tag == tag }.map(\.value) }

    /// What a list of methods (RFC 8657 section 4) says of one of them.
    enum MethodListing: Hashable, Sendable {
        case listed, unlisted
        /// A malformed item comes first, and ends the list.
        case malformed
    }

    /// Looks for a method in a list. The items are looked at in order: the first that matches or is malformed decides.
    static func listing(of method: ValidationMethod, in text: String) -> MethodListing {
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard isMethodLabel(item) else { return .malformed }
            if item == method.rawValue { return .listed }
        }
        return .unlisted
    }

    static func isMethodLabel(_ item: some StringProtocol) -> Bool {
        !item.isEmpty && item.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
    }

    private static func parts(of octets: [UInt8]) -> [ArraySlice<UInt8>] {
        octets.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map(trimmed)
    }

    private static func trimmed(_ part: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isBlank(_ octet: UInt8) -> Bool { octet == UInt8(ascii: " ") || octet == UInt8(ascii: "\t") }
        var part = part.drop(while: isBlank)
        while let last = part.last, isBlank(last) { part.removeLast() }
        return part
    }

    static func isLetterOrDigit(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
