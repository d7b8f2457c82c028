/// The body of `POST update`.
package struct UpdateRequest: Encodable, Hashable, Sendable {
    /// The delegate's first label; empty if absent, which no delegate has.
    package var subdomain: String
    /// The challenge value; empty if absent, which is not a challenge value.
    package var txt: String

    package init(subdomain: String, txt: String) {
        self.subdomain = subdomain
        self.txt = txt
    }

    package static let fieldNames = ["subdomain", "txt"]

    /// Reads a request without a decoder: this one is sent most often, and Foundation's decoder costs more than all the rest of it.
    package init(_ document: JSONDocument) throws(WrongJSONType) {
        subdomain = try document.text("subdomain") ?? ""
        txt = try document.text("txt") ?? ""
    }
}
