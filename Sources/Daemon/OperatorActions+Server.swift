import DNS
import DelegateAPI
import Delegates
import Foundation
import Nameserver
import SQLiteStorage
import Sockets
import Webserver

extension OperatorActions {
    /// - Parameters:
    ///   - addresses: where the server can be reached.
    ///   - started: when it was.
    init(
        version: String, addresses: Server.Addresses, started: Timestamp, assembly: Assembly, reloading: Reloading,
        tap: QueryTap
    ) {
        self.init(
            status: {
                let configuration = reloading.configuration
                let now = assembly.clock.now
                var trouble: String?
                do throws(StorageError) {
                    try await assembly.storage.checkHealth()
                } catch {
                    trouble = error.description
                }
                func texts(_ endpoints: [Endpoint]) -> [String] { endpoints.map(\.description) }
                return StatusResponse(
                    version: version,
                    started: Date(timeIntervalSince1970: Double(started.secondsSinceEpoch)).formatted(.iso8601),
                    uptimeSeconds: now.secondsSinceEpoch - started.secondsSinceEpoch, trouble: trouble,
                    zones: configuration.apexes.map(\.withoutFinalDot),
                    registration: configuration.registration.mode.rawValue, dnsAddresses: texts(addresses.nameserver),
                    tlsAddresses: texts(addresses.nameserverTLS), httpAddresses: texts(addresses.webserver),
                    metricsAddresses: texts(addresses.metrics), delegates: assembly.table.count,
                    delegatesWithValues: assembly.table.countWithValues, changes: assembly.table.sequence.number)
            },
            reload: { ReloadResponse(reloading.reload()) },
            trace: { tap.watch($0).map { TraceLine($0) } },
            verifyAudit: { noted throws(StorageError) in
                switch try await assembly.storage.verifyAuditLog(noted: noted) {
                case .whole(let count, let last, let digest):
                    AuditVerdictResponse(whole: true, entries: count, number: last, digest: digest.description)
                case .broken(let number): AuditVerdictResponse(whole: false, entries: nil, number: number, digest: nil)
                }
            },
            signing: { SigningResponse(zones: assembly.signedZones.descriptions(now: assembly.clock.now)) },
            changeKeys: { zone, change throws(Refusal) in
                let description = try assembly.signedZones.change(zone, change, now: assembly.clock.now)
                reloading.renewResponder()
                assembly.notes.keysChanged(of: zone, stage: description.stage)
                return description
            })
    }
}
