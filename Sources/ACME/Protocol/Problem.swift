/// A problem document of an authority (RFC 7807, RFC 8555 section 6.7).
///
/// Its texts are the authority's: at most 500 characters each, printable ones alone, so that they can be logged.
package struct Problem: Hashable, Sendable {
    /// The last part of an error's URN; `nil` if the authority names no error of ACME.
    package var kind: Kind?
    /// What a person is told; empty if the authority says nothing.
    package var detail: String
    /// The name that a subproblem is about; `nil` if it is not about one.
    package var identifier: String?
    /// The problems of single names (RFC 8555 section 6.7.1), at most 20, without subproblems of their own.
    package var subproblems: [Problem] = []

    /// An error that RFC 8555 section 6.7, RFC 9773 or a draft defines. Unknown ones survive.
    package struct Kind: RawRepresentable, Hashable, Sendable {
        package let rawValue: String

        package init(rawValue: String) {
            self.rawValue = rawValue
        }

        package static let accountDoesNotExist = Kind(rawValue: "accountDoesNotExist")
        package static let alreadyReplaced = Kind(rawValue: "alreadyReplaced")
        package static let alreadyRevoked = Kind(rawValue: "alreadyRevoked")
        package static let badNonce = Kind(rawValue: "badNonce")
        package static let externalAccountRequired = Kind(rawValue: "externalAccountRequired")
        package static let invalidProfile = Kind(rawValue: "invalidProfile")
        package static let malformed = Kind(rawValue: "malformed")
        package static let orderNotReady = Kind(rawValue: "orderNotReady")
        package static let rateLimited = Kind(rawValue: "rateLimited")
        package static let unauthorized = Kind(rawValue: "unauthorized")
        package static let userActionRequired = Kind(rawValue: "userActionRequired")
    }

    package static let maximumTextLength = 500
    package static let maximumSubproblems = 20
    private static let namespace = "urn:ietf:params:acme:error:"

    /// - Parameter value: `nil`, or what is no problem document, gives an empty problem.
    init(_ value: JSONValue?) {
        self.init(single: value)
        subproblems = (value?.list("subproblems") ?? []).prefix(Self.maximumSubproblems).map(Problem.init(single:))
    }

    private init(single value: JSONValue?) {
        let type = value?.text("type") ?? ""
        kind =
            type.hasPrefix(Self.namespace) ? Kind(rawValue: Self.printable(String(type.dropFirst(Self.namespace.count)))) : nil
        detail = Self.printable(value?.text("detail") ?? value?.text("title") ?? "")
        identifier = value?["identifier"]?.text("value").map(Self.printable)
    }

    private static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.lazy.map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: " "
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars.prefix(maximumTextLength)))
    }
}

extension Problem: CustomStringConvertible {
    package var description: String {
        let own = [kind?.rawValue, detail.isEmpty ? nil : detail].compactMap(\.self).joined(separator: ": ")
        let parts = subproblems.map { [$0.identifier, "\($0)"].compactMap(\.self).joined(separator: ": ") }
        let text = ([own] + parts).filter { !$0.isEmpty }.joined(separator: "; ")
        return text.isEmpty ? "no reason given" : text
    }
}
