/// A new delegate and its credential, as `POST register` returns them and clients store them.
package struct RegisterResponse: Codable, Hashable, Sendable {
    package var username: String
    package var password: String
    /// The delegate's name without the final dot, to which the CNAME points.
    package var fulldomain: String
    /// The delegate's first label.
    package var subdomain: String
    package var allowfrom: [String]
    /// The URL at which the credential is used, with a final slash.
    package var serverURL: String?

    package init(
        username: String, password: String, fulldomain: String, subdomain: String, allowfrom: [String], serverURL: String?
    ) {
        self.username = username
        self.password = password
        self.fulldomain = fulldomain
        self.subdomain = subdomain
        self.allowfrom = allowfrom
        self.serverURL = serverURL
    }

    private enum CodingKeys: String, CodingKey {
        case username, password, fulldomain, subdomain, allowfrom
        case serverURL = "server_url"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        username = try container.decode(String.self, forKey: .username)
        password = try container.decode(String.self, forKey: .password)
        fulldomain = try container.decode(String.self, forKey: .fulldomain)
        subdomain = try container.decode(String.self, forKey: .subdomain)
        allowfrom = try container.decodeIfPresent([String].self, forKey: .allowfrom) ?? []
        serverURL = try container.decodeIfPresent(String.self, forKey: .serverURL)
    }

    /// One line in acme-dns's order of fields, without blanks: some clients read it with sed.
    package var json: String {
        let fields: [(String, String)] = [
            ("username", JSONText.string(username)),
            ("password", JSONText.string(password)),
            ("fulldomain", JSONText.string(fulldomain)),
            ("subdomain", JSONText.string(subdomain)),
            ("allowfrom", "[" + allowfrom.map(JSONText.string).joined(separator: ",") + "]"),
        ]
        let serverField = serverURL.map { [("server_url", JSONText.string($0))] } ?? []
        return "{" + (fields + serverField).map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }
}
