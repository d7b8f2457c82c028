import ArgumentParser
import DelegateAPI
import Foundation

/// A credential from a file in one of the forms of ``CredentialFormat``.
struct CredentialFile {
    let username: String
    let password: String
    let subdomain: String
    /// The URL of the server that issued the credential; `nil` if the file names none.
    let server: String?

    /// The maximum length in octets. A file of 10,000 credentials is smaller.
    private static let maximumLength = 4_194_304

    /// - Parameter domain: the domain whose credential is taken from a file of several.
    init(path: String, domain: String?) throws(Failure) {
        let text: String
        do {
            text = try SmallFile.text(at: path, maximumLength: Self.maximumLength)
        } catch {
            throw Failure(message: "the credential file “\(path)” cannot be read: \(error)", exitCode: .refused)
        }
        try self.init(text: text, path: path, domain: domain)
    }

    /// - Parameter text: the content of the file, without a byte order mark.
    init(text: String, path: String, domain: String?) throws(Failure) {
        func wrong(_ reason: String) -> Failure { Failure(message: "“\(path)” \(reason)", exitCode: .refused) }
        let fields: Fields
        if text.drop(while: \.isWhitespace).first == "{" {
            fields = try Self.fields(json: text, domain: domain, wrong)
        } else {
            do {
                fields = Fields(variables: try CredentialVariables.read(text))
            } catch {
                throw wrong("is in none of the formats that “nuncio register --format” prints: \(error)")
            }
        }
        func value(_ field: Fields.Field) throws(Failure) -> String {
            guard let value = fields.values[field], !value.isEmpty else {
                guard field != .subdomain || !fields.isOfGroup else {
                    throw wrong(
                        "is a group’s credential, which names no delegate: add the first label of one as “\(fields.name(field))”"
                    )
                }
                throw wrong("has no \(field.rawValue): “\(fields.name(field))” is missing or empty")
            }
            // The values go into headers.
            guard value.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
                throw wrong("has a \(field.rawValue) with blanks or other characters that a credential cannot have")
            }
            return value
        }
        username = try value(.username)
        password = try value(.password)
        subdomain = try value(.subdomain)
        server = fields.values[.server].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The server that the credential is for.
    ///
    /// - Parameter option: the URL from the command line, which takes precedence over that in the file.
    func serverURL(option: String?, path: String) throws(Failure) -> ServerURL {
        if let option { return try ServerURL(option) }
        guard let server else {
            throw Failure(
                message:
                    "“\(path)” does not say which server it is for: give --server URL, or add “server_url” to JSON, or the line ACMEDNS_BASE_URL=… to other formats",
                exitCode: .refused)
        }
        return try ServerURL(server, from: "the server’s URL in “\(path)”", exitCode: .refused)
    }
}

extension CredentialFile {
    /// The values that were found for each field, empty ones included.
    private struct Fields {
        enum Field: String {
            case username = "user name"
            case password
            case subdomain
            case server
        }

        var values: [Field: String] = [:]
        var isOfGroup = false
        private let names: [Field: String]

        func name(_ field: Field) -> String { names[field] ?? field.rawValue }

        init(variables: [String: String]) {
            names = [.username: "ACMEDNS_USERNAME", .password: "ACMEDNS_PASSWORD", .subdomain: "ACMEDNS_SUBDOMAIN"]
            for (field, name) in names { values[field] = variables[name] }
            values[.server] = variables["ACMEDNS_BASE_URL"]
        }

        init(_ stored: Stored) {
            names = [.username: "username"]
            values[.username] = stored.username
            values[.password] = stored.password
            values[.subdomain] = stored.subdomain
            values[.server] = stored.serverURL
            isOfGroup = stored.group != nil
        }
    }

    private struct Stored: Decodable {
        var username: String?
        var password: String?
        var subdomain: String?
        var serverURL: String?
        var group: String?

        private enum CodingKeys: String, CodingKey {
            case username, password, subdomain, group
            case serverURL = "server_url"
        }
    }

    private static func fields(
        json text: String, domain: String?, _ wrong: (String) -> Failure
    ) throws(Failure) -> Fields {
        let document: JSONDocument
        do {
            document = try JSONDocument(Array(text.utf8))
        } catch {
            throw wrong("is not JSON: \(error)")
        }
        if let name = RepeatedName.first(in: document.octets) {
            throw wrong("has “\(name)” twice in one object, and nothing says which one counts: remove one of them")
        }
        let decoder = JSONDecoder()
        let data = Data(document.octets)
        if !Set(document.memberNames).isDisjoint(with: ["username", "password", "subdomain"]) {
            guard let single = try? decoder.decode(Stored.self, from: data) else {
                throw wrong("has fields of a credential that are not strings")
            }
            return Fields(single)
        }
        guard let several = try? decoder.decode([String: Stored].self, from: data) else {
            throw wrong("is JSON, but in none of the formats that “nuncio register --format” prints")
        }
        let names = several.keys.sorted()
        guard let name = domain ?? (names.count == 1 ? names.first : nil) else {
            throw wrong(
                names.isEmpty
                    ? "has no credential in it"
                    : "has credentials for \(names.joined(separator: ", ")): choose one with --domain")
        }
        let found = several[name] ?? names.first { DomainKey.normalized($0) == name }.flatMap { several[$0] }
        guard let found else { throw wrong("has no credential for \(name), only for \(names.joined(separator: ", "))") }
        return Fields(found)
    }
}
