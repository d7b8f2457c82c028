import DNS
import DNSClient
import Delegates
import Doctor
import Signing
import Sockets

extension ServerView {
    /// What this server has.
    init(of assembly: Assembly, _ configuration: Configuration, certificate: CertificateView?) {
        let delegations = ParentZone(of: configuration).delegations
        let serials = assembly.serials.current(of: configuration.apexes)
        let statuses = assembly.signedZones.statuses(now: assembly.clock.now)
        let zones = configuration.apexes.map { apex in
            let delegation = delegations.first { $0.apex == apex }
            var addresses: [DomainName: Set<Endpoint.Host>] = [:]
            for record in delegation?.glue ?? [] {
                if let host = Endpoint.Host(record.data) { addresses[record.owner, default: []].insert(host) }
            }
            let status = statuses.first { $0.apex == apex }
            return ZoneView(
                apex: apex, nameservers: Set(delegation?.nameservers ?? []), addresses: addresses,
                delegationSigners: status?.isSigned == true ? status?.requestedDS ?? [] : [],
                serial: serials[apex.withoutFinalDot])
        }
        let operating = assembly.operating(configuration)
        self.init(zones: zones, certificate: certificate) { name in
            let overview: Operating.Overview
            do {
                overview = try await operating.overview(of: name)
            } catch Refusal.noSuchDelegate {
                return .unknown
            }
            guard overview.record.deleted == nil else { return .deleted }
            let (values, networks) = (overview.served.values, overview.served.askingNetworks)
            return .present(
                DelegateView.Contents(
                    values: values.map(\.value.text), publishedAt: values.last?.published.secondsSinceEpoch,
                    askingNetworks: values.isEmpty
                        ? nil : DelegateView.AskingNetworks(count: networks.networks, isMinimum: networks.isMinimum),
                    isDisabled: overview.record.disabled != nil))
        }
    }
}
