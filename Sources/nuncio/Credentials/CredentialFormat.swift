import ArgumentParser
import DelegateAPI

/// The forms in which clients expect a credential.
enum CredentialFormat: String, CaseIterable, ExpressibleByArgument {
    case json
    case lego
    case certManager = "cert-manager"
    case acmeSh = "acme.sh"
    case env

    /// - Parameter domains: the names under which clients with several credentials look this one up.
    func text(of credential: RegisterResponse, domains: [String], server: String) -> String {
        let url = credential.serverURL ?? server
        let variables = [
            ("ACMEDNS_BASE_URL", url.hasSuffix("/") ? String(url.dropLast()) : url),
            ("ACMEDNS_USERNAME", credential.username),
            ("ACMEDNS_PASSWORD", credential.password),
            ("ACMEDNS_SUBDOMAIN", credential.subdomain),
        ]
        return switch self {
        case .json: credential.json
        case .lego, .certManager: "{" + domains.map { "\"\($0)\":\(credential.json)" }.joined(separator: ",") + "}"
        case .acmeSh: variables.map { "export \($0)='\($1)'" }.joined(separator: "\n")
        case .env: variables.map { "\($0)=\($1)" }.joined(separator: "\n")
        }
    }

    /// What to do with the text, in one line.
    ///
    /// - Parameter file: the file that already holds the text, of mode 0600; `nil` if there is none.
    func advice(server: String, file: String?) -> String {
        let isInFile = file != nil
        return switch self {
        case .json:
            isInFile
                ? "“nuncio publish” reads it." : "Keep it in a file that only its user can read; “nuncio publish” reads it."
        case .lego:
            (isInFile
                ? "Let ACME_DNS_STORAGE_PATH name the file"
                : "Save it as the file that ACME_DNS_STORAGE_PATH names, with mode 0600")
                + ", and set ACME_DNS_API_BASE to \(server). certbot-dns-acmedns reads the same file."
        case .certManager:
            (isInFile ? "Make it a secret" : "Save it as acmedns.json")
                + ": kubectl create secret generic acme-dns --from-file=acmedns.json\(file.map { "=\(Self.word($0))" } ?? "")"
        case .acmeSh:
            (isInFile ? "Read it with “.” where acme.sh runs" : "Set these where acme.sh runs")
                + ": acme.sh --issue --dns dns_acmedns -d DOMAIN"
        case .env:
            (isInFile ? "It is" : "Save it with mode 0600") + " for EnvironmentFile= of systemd or --env-file of a container."
        }
    }

    /// A text as one word of a shell command.
    private static func word(_ text: String) -> String {
        let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-".contains($0)) }
        return isPlain ? text : "'\(text.replacing("'", with: "'\\''"))'"
    }
}
