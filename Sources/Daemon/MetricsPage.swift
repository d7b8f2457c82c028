import Delegates
import Nameserver
import PrometheusMetrics
import Signing
import Sockets
import StorageParts
import Webserver

/// The metrics at `/metrics`. They contain no name, address or user.
struct MetricsPage: Sendable {
    let version: String
    let queries: QueryStatistics
    let requests: RequestStatistics
    let storage: any ServerStorage
    let table: DelegateTable
    let domains: DomainCounting
    let nameserverConnections: Connections
    let webserverConnections: Connections
    let certificates: DoorCertificates
    let ownCertificate: OwnCertificate?
    let signedZones: SignedZones
    let limits: Limits

    @Sendable
    func write() -> Exposition {
        var exposition = Exposition()
        exposition.write(
            .gauge, "nuncio_build_info", "The version that runs; always 1.", [([("version", version)], 1)])
        queries.write(to: &exposition)
        writeTable(to: &exposition)
        domains.write(to: &exposition)
        let doors = [("dns", nameserverConnections), ("http", webserverConnections)]
        exposition.write(
            .gauge, "nuncio_tcp_connections", "TCP connections that are open, including those of TLS.",
            doors.map { ([("door", $0)], Double($1.count)) })
        exposition.write(
            .counter, "nuncio_tcp_connections_closed_for_room_total", "Connections closed to make room for others.",
            doors.map { ([("door", $0)], Double($1.closedForRoom)) })
        requests.write(to: &exposition)
        exposition.write(
            .counter, "nuncio_refused_by_limit_total", "Requests that a limit refused.",
            limits.refusals.map { ([("limit", $0.limit.rawValue)], Double($0.count)) })
        storage.writeStatistics(to: &exposition)
        certificates.write(to: &exposition)
        ownCertificate?.write(to: &exposition)
        signedZones.write(to: &exposition)
        ProcessMetrics.write(to: &exposition)
        return exposition
    }

    private func writeTable(to exposition: inout Exposition) {
        let (all, withValues) = (table.count, table.countWithValues)
        exposition.write(
            .gauge, "nuncio_delegates", "Delegates that are enrolled.",
            [([("state", "published")], Double(withValues)), ([("state", "silent")], Double(all - withValues))])
        exposition.write(
            .gauge, "nuncio_dns_stale", "Whether storing a change has failed since the last success: 1 or 0.",
            table.isStale ? 1 : 0)
        exposition.write(
            .counter, "nuncio_dns_transfers_lost_total",
            "Transfers that were given up because too much changed meanwhile.", Double(table.lostSnapshotCount))
        exposition.write(
            .gauge, "nuncio_changes", "The number of the last change that DNS shows.", Double(table.sequence.number))
    }
}
