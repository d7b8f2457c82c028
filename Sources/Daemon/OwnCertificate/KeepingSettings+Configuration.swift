import ACME
import DNS
import DelegateAPI
import Delegates
import Foundation
import SystemErrors

extension KeepingSettings {
    /// - Throws: what is wrong with the directory's URL or the key of the external account, in words.
    init(_ settings: Configuration.ObtainedCertificate) throws {
        guard let directory = AuthorityURL(settings.directory) else {
            throw OwnCertificateProblem("“\(settings.directory)” is not the URL of an authority’s directory")
        }
        self.init(
            directory: directory, names: try settings.delegates.map { try HostName($0.host.description) },
            contacts: [settings.contact], acceptsTerms: settings.acceptsTerms,
            externalAccount: try settings.externalAccount.map { try ExternalAccount($0) }, profile: settings.profile)
    }
}

/// Why the certificate cannot be kept, in words.
struct OwnCertificateProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension ExternalAccount {
    fileprivate init(_ settings: Configuration.ExternalAccount) throws {
        let text: String
        do {
            text = try String(contentsOfFile: settings.keyFile, encoding: .utf8)
        } catch {
            throw OwnCertificateProblem("“\(settings.keyFile)” cannot be read: \(SystemError.text(error))")
        }
        guard let account = ExternalAccount(keyID: settings.keyID, key: text) else {
            throw OwnCertificateProblem("“\(settings.keyFile)” is not a key in base64url, as authorities give it")
        }
        self = account
    }
}

extension CertificateResponse {
    /// - Parameter aliases: what resolvers see for each of the delegates.
    init(_ status: KeepingStatus, delegates: [OwnDelegate], aliases: [ChallengeAlias]) {
        func text(_ date: Date?) -> String? { date?.formatted(.iso8601) }
        self.init(
            names: status.names, state: status.lastProblem == nil ? State(status.state) : .failed,
            notAfter: text(status.notAfter), nextAttempt: text(status.nextAttempt), lastProblem: status.lastProblem,
            challenges: zip(delegates, aliases).map { delegate, alias in
                Challenge(
                    name: delegate.challengeName?.withoutFinalDot ?? "", cname: delegate.name.withoutFinalDot,
                    present: alias.isPresent)
            })
    }
}

extension CertificateResponse.State {
    fileprivate init(_ state: KeepingStatus.State) {
        switch state {
        case .valid: self = .valid
        case .pending: self = .pending
        case .failed: self = .failed
        }
    }
}

extension ChallengeAlias {
    /// - Returns: `nil` if no resolver could tell.
    fileprivate var isPresent: Bool? {
        switch self {
        case .leadsToDelegate, .leadsToSilence: true
        case .missing, .leadsElsewhere: false
        case .unknown: nil
        }
    }
}
