import DNS
import DNSClient
import Daemon
import DelegateAPI
import Doctor
import Foundation
import Sockets

extension ServerView {
    /// Asks the running server, and reads its configuration where there is a file.
    ///
    /// - Throws: ``Failure`` or an exit code if the server cannot be asked.
    init(askedOf client: OperatorClient, configuration file: String?) async throws {
        let status: StatusResponse = try await client.get(["status"])
        let signing: SigningResponse = try await client.get(["dnssec"])
        let delegations = try Self.delegations(file)
        let zones = try status.zones.map { text in
            let apex = try DomainName(text)
            let delegation = delegations.first { $0.apex == apex }
            var addresses: [DomainName: Set<Endpoint.Host>] = [:]
            for record in delegation?.glue ?? [] {
                if let host = Endpoint.Host(record.data) { addresses[record.owner, default: []].insert(host) }
            }
            let signers = signing.zones.first { $0.zone == text && $0.signed }?.ds ?? []
            return ZoneView(
                apex: apex, nameservers: Set(delegation?.nameservers ?? []), addresses: addresses,
                delegationSigners: signers.compactMap { try? ResourceRecord($0).data }, serial: status.serials[text])
        }
        self.init(zones: zones, certificate: await Self.certificate(client)) { name in
            do {
                let details: DelegateDetails = try await client.get(["delegates", name.withoutFinalDot])
                return DelegateView(details)
            } catch let failure as Failure where failure.exitCode == .refused {
                return .unknown
            }
        }
    }

    private static func delegations(_ file: String?) throws -> [ParentZone.Delegation] {
        guard let file else { return [] }
        var entries = ConfigurationEntries()
        entries.add(file: file)
        entries.add(environment: ProcessInfo.processInfo.environment)
        do {
            let configuration = try Configuration(entries, processors: ProcessInfo.processInfo.activeProcessorCount)
            return ParentZone(of: configuration).delegations
        } catch {
            throw Failure(message: error.all.map(\.description).joined(separator: "; "), exitCode: .configurationProblem)
        }
    }

    /// `nil` if the server obtains none for itself.
    private static func certificate(_ client: OperatorClient) async -> CertificateView? {
        guard let response = try? await client.get(["certificate"]) as CertificateResponse else { return nil }
        return CertificateView(
            names: response.names, notAfter: response.notAfter.flatMap(Self.seconds), problem: response.lastProblem)
    }

    fileprivate static func seconds(_ text: String) -> Int64? {
        (try? Date(text, strategy: .iso8601)).map { Int64($0.timeIntervalSince1970) }
    }
}

extension DelegateView {
    fileprivate init(_ details: DelegateDetails) {
        switch details.summary.state {
        case "deleted": self = .deleted
        default:
            self = .present(
                Contents(
                    values: details.values, publishedAt: details.lastPublished.flatMap(ServerView.seconds),
                    askingNetworks: details.asked.map {
                        DelegateView.AskingNetworks(count: $0.networks, isMinimum: $0.atLeast)
                    }, isDisabled: details.summary.state == "disabled"))
        }
    }
}
