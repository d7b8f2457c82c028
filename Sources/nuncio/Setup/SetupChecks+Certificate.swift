import ArgumentParser
import Daemon
import DelegateAPI
import Foundation

extension SetupChecks {
    /// The certificate that the server on this machine obtains for itself, as the server tells it at the operator's socket.
    ///
    /// - Parameters:
    ///   - server: the check of the server.
    ///   - file: the path of the configuration.
    /// - Returns: `nil` if the configuration has the server obtain none.
    func ofCertificate(server: SetupCheck, file: String) async -> SetupCheck? {
        guard let names = configuration.certificateNames else { return nil }
        var check = SetupCheck(check: .certificate, name: names.joined(separator: " "), state: .unknown)
        guard server.state == .there else {
            check.detail = "the server does not answer"
            return check
        }
        do {
            let response = try await OperatorClient.reach(OperatorOptions.parse(["--config", file])) { client in
                try await client.get(["certificate"]) as CertificateResponse
            }
            (check.state, check.detail) = response.setupState
        } catch let failure as Failure {
            check.detail = failure.message
        } catch {
            check.detail = "\(error)"
        }
        return check
    }
}

extension CertificateResponse {
    /// The state of the check, and the reason with the moment of the next attempt.
    var setupState: (SetupCheck.State, String?) {
        let next = nextAttempt.map { "; the server tries next at \($0)" } ?? "; the server is trying now"
        return switch state {
        case .valid: (.there, nil)
        case .pending: (.missing, "no attempt has been made" + next)
        case .failed where notAfter == nil: (.missing, "the last attempt failed: \(lastProblem ?? "")" + next)
        case .failed: (.wrong, "the last attempt to renew it failed: \(lastProblem ?? "")" + next)
        }
    }
}
