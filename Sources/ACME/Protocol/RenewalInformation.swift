package import FoundationEssentials

/// When the authority wants a certificate to be renewed (RFC 9773 section 4.2).
package struct RenewalInformation: Hashable, Sendable, Codable {
    package var start: Date
    package var end: Date
    /// A page that says why the window is what it is; printable ASCII; `nil` if there is none.
    package var explanation: String?

    /// The time until the next question, whatever the authority says.
    package static let askedAgain = Duration.seconds(60)...Duration.seconds(86_400)
    /// The time until the next question if the authority does not say it (RFC 9773 section 4.3.3).
    package static let askedAgainByDefault = Duration.seconds(6 * 3600)

    package init(start: Date, end: Date, explanation: String? = nil) {
        self.start = start
        self.end = end
        self.explanation = explanation
    }

    init(_ value: JSONValue) throws(AuthorityFailure) {
        let window = value["suggestedWindow"]
        guard let start = window?.text("start").flatMap(InternetDate.date(rfc3339:)),
            let end = window?.text("end").flatMap(InternetDate.date(rfc3339:)), start < end
        else { throw .invalid("its renewal information has no window of time") }
        self.start = start
        self.end = end
        explanation = value.text("explanationURL").flatMap { text in
            text.utf8.count <= AuthorityURL.maximumLength && text.utf8.allSatisfy { 0x21...0x7E ~= $0 } ? text : nil
        }
    }
}

extension AuthorityClient {
    package var offersRenewalInformation: Bool { directory.renewalInformation != nil }

    /// Asks when a certificate is to be renewed.
    ///
    /// - Parameter renewalID: The certificate's ``LeafCertificate/renewalID``.
    package func renewalInformation(
        of renewalID: String
    ) async throws(AuthorityFailure) -> (information: RenewalInformation, retryAfter: RetryAfter?) {
        guard let base = directory.renewalInformation else { throw .invalid("it offers no renewal information") }
        let separator = base.text.hasSuffix("/") ? "" : "/"
        guard let url = AuthorityURL(base.text + separator + renewalID) else {
            throw .invalid("the URL of its renewal information is too long")
        }
        let answer = try await get(url)
        return (try RenewalInformation(try answer.object("renewal information")), answer.retryAfter)
    }
}
