import ArgumentParser
import DelegateAPI
import Foundation

/// A credential as one of the forms of ``CredentialFormat`` keeps it in a file.
struct CredentialFile {
    var username: String
    var password: String
    var subdomain: String
    var server: String?

    /// - Parameter domain: which credential to take from a file of several.
    init(path: String, domain: String?) throws(Failure) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(message: "the credential file “\(path)” cannot be read", exitCode: .refused)
        }
        let decoder = JSONDecoder()
        if let single = try? decoder.decode(RegisterResponse.self, from: data) {
            self.init(single)
        } else if let several = try? decoder.decode([String: RegisterResponse].self, from: data) {
            let names = several.keys.sorted()
            guard let name = domain ?? (names.count == 1 ? names.first : nil) else {
                throw Failure(
                    message: "“\(path)” has credentials for \(names.joined(separator: ", ")): choose one with --domain",
                    exitCode: .refused)
            }
            guard let credential = several[name] else {
                throw Failure(
                    message: "“\(path)” has no credential for \(name), only for \(names.joined(separator: ", "))",
                    exitCode: .refused)
            }
            self.init(credential)
        } else if let credential = CredentialFile(variables: String(decoding: data, as: UTF8.self)) {
            self = credential
        } else {
            throw Failure(
                message: "“\(path)” is none of the forms that “nuncio register --format” prints", exitCode: .refused)
        }
    }

    private init(_ credential: RegisterResponse) {
        username = credential.username
        password = credential.password
        subdomain = credential.subdomain
        server = credential.serverURL
    }

    /// Lines of `NAME=value`, with or without `export` and quotes.
    private init?(variables text: String) {
        var variables: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let assignment = line.hasPrefix("export ") ? line.dropFirst("export ".count) : line
            let parts = assignment.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            variables[String(parts[0])] = parts[1].trimmingCharacters(in: CharacterSet(charactersIn: "'\""))
        }
        guard let username = variables["ACMEDNS_USERNAME"], let password = variables["ACMEDNS_PASSWORD"],
            let subdomain = variables["ACMEDNS_SUBDOMAIN"]
        else { return nil }
        self.username = username
        self.password = password
        self.subdomain = subdomain
        server = variables["ACMEDNS_BASE_URL"]
    }
}
