/// The response to `POST keys`: the new credential in the form of `POST register`, for programs that store that form, and more.
package struct NewKeyResponse: Codable, Hashable, Sendable {
    package var username: String
    /// Shown here and never again.
    package var password: String
    /// The delegate's name; `nil`, like `subdomain`, for a group's key.
    package var fulldomain: String?
    package var subdomain: String?
    package var group: String?
    package var allowfrom: [String]
    package var serverUrl: String
    package var label: String
    package var expires: String?

    package init(
        username: String, password: String, fulldomain: String?, subdomain: String?, group: String? = nil,
        allowfrom: [String], serverUrl: String, label: String, expires: String?
    ) {
        self.username = username
        self.password = password
        self.fulldomain = fulldomain
        self.subdomain = subdomain
        self.group = group
        self.allowfrom = allowfrom
        self.serverUrl = serverUrl
        self.label = label
        self.expires = expires
    }
}
