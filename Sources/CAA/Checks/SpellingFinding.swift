package import DNS

/// Something in a CAA record that its author hardly meant.
package struct SpellingFinding: Hashable, Sendable {
    package let kind: Kind
    package let effect: Effect
    /// What is wrong, in words for a person, without a full stop.
    package let summary: String
    /// The record as it is.
    package let record: RecordData
    /// The records to have in its place, with all findings of it corrected; empty if only its author can know what was meant.
    package let corrected: [CAARecord]

    package enum Effect: String, Sendable {
        /// A restriction is ignored: what it should keep out comes in.
        case opens
        /// The record, or all records, allow nobody.
        case closes
        /// Let's Encrypt is not misled; others may be.
        case changesNothing = "changes-nothing"
    }

    package enum Kind: String, CaseIterable, Sendable {
        /// `AccountURI`: parameters are known in lower case alone.
        case parameterCase = "parameter-case"
        /// `accounturl`, `account-uri`.
        case parameterMisspelt = "parameter-misspelt"
        /// A known parameter more than once.
        case parameterTwice = "parameter-twice"
        /// `policy-x=1`: allowed by RFC 8659, and not by Let's Encrypt.
        case parameterHyphen = "parameter-hyphen"
        /// A parameter without `=`, or with a character that no tag or value can have.
        case parameterMalformed = "parameter-malformed"
        /// A property that is named like a parameter: `0 accounturi "https://…"`.
        case parameterAsTag = "parameter-as-tag"
        /// A `;` with no parameter behind it, beside parameters.
        case finalSemicolon = "final-semicolon"
        /// `\;` in the value itself, from a program that escapes it once more.
        case escapedSemicolon = "escaped-semicolon"
        /// A blank within the value of a parameter, or where a `;` is missing.
        case blank
        /// Quotation marks in the value itself.
        case quotes
        case issuerCase = "issuer-case"
        /// A URL in place of the authority's name.
        case issuerURL = "issuer-url"
        /// A name that is nearly that of a known authority, or has a final dot.
        case issuerMisspelt = "issuer-misspelt"
        /// A label in `validationmethods` that no authority knows, such as `dns01`.
        case methodUnknown = "method-unknown"
        /// An item in `validationmethods` that is no label.
        case methodMalformed = "method-malformed"
        /// `accounturi=` without a value.
        case accountEmpty = "account-empty"
        /// A text that cannot be the URI of an account of this authority.
        case accountMisspelt = "account-misspelt"
        /// `Issue` in place of `issue`.
        case tagCase = "tag-case"
        /// A tag that is nearly a known one, such as `isue`.
        case tagMisspelt = "tag-misspelt"
        /// A tag that Let's Encrypt does not know, in a record that is critical.
        case tagUnknownCritical = "tag-unknown-critical"
        /// Flags with bit 1: the critical flag is bit 128.
        case flagBitOne = "flag-bit-one"
        /// Octets that are no CAA data.
        case malformed
    }
}
