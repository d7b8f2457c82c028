import DNS
import DNSSEC
import DelegateAPI
import Delegates
import Foundation
import Nameserver
import Signing
import Sockets
import StorageParts
import Webserver

extension OperatorActions {
    /// - Parameters:
    ///   - addresses: the addresses at which the server can be reached.
    ///   - started: the time at which the server was started.
    ///   - sharedSecrets: what nodes share; `nil` if this server signs alone.
    init(
        version: String, addresses: Server.Addresses, started: Timestamp, assembly: Assembly, reloading: Reloading,
        tap: QueryTap, ownCertificate: OwnCertificate?, doctor: DomainDoctor, sharedSecrets: SharedSecretKeeping?
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
                    delegatesWithValues: assembly.table.countWithValues, changes: assembly.table.sequence.number,
                    serials: assembly.serials.current(of: configuration.apexes))
            },
            nodes: { NodeListResponse(nodes: assembly.storage.nodeStatuses.map { NodeDescription($0) }) },
            reload: { ReloadResponse(await reloading.reload(), file: reloading.configuration.file) },
            trace: { tap.watch($0).map { TraceLine($0) } },
            verifyAudit: { noted throws(StorageError) in
                AuditVerdictResponse(try await assembly.storage.verifyAuditLog(noted: noted), noted: noted)
            },
            signing: { SigningResponse(assembly.signedZones.statuses(now: assembly.clock.now)) },
            changeKeys: { zone, change throws(Refusal) in
                // The operator's word is compared with what resolvers say now, not with what they said before.
                if change == .confirm { await assembly.signedZones.askParent(of: zone) { assembly.clock.now } }
                let status: SigningStatus
                do throws(KeyChangeRefusal) {
                    status =
                        if let sharedSecrets {
                            try await sharedSecrets.change(zone, change)
                        } else {
                            try assembly.signedZones.change(zone, change, now: assembly.clock.now)
                        }
                } catch {
                    throw Refusal(error, of: zone)
                }
                reloading.renewResponder()
                assembly.notes.keysChanged(of: zone, stage: status.stageText)
                return ZoneSigningDescription(status)
            },
            certificate: ownCertificate.map { own in
                CertificateActions(
                    status: { () throws(Refusal) in await own.response() }, renew: { () throws(Refusal) in await own.renew() },
                    revoke: { () throws(Refusal) in try await own.revoke() })
            } ?? .none,
            diagnose: { try await doctor.response(to: $0) })
    }
}

extension AuditVerdictResponse {
    /// - Parameter noted: the entry that was asked for.
    init(_ verdict: AuditVerdict, noted: NotedEntry?) {
        switch verdict {
        case .whole(let count, let last, let digest):
            self.init(whole: true, entries: count, number: last, digest: digest.description)
        case .broken(let number): self.init(whole: false, number: number)
        case .notedEntryGone(let absence):
            self.init(whole: false, number: noted?.number ?? 0, notedEntry: NotedEntryState(absence))
            switch absence {
            case .erased(let last): boundary = last
            case .shortened(let first): boundary = first
            case .replaced: break
            }
        }
    }
}

extension AuditVerdictResponse.NotedEntryState {
    fileprivate init(_ absence: NotedEntry.Absence) {
        switch absence {
        case .erased: self = .erased
        case .replaced: self = .replaced
        case .shortened: self = .shortened
        }
    }
}

extension NodeDescription {
    fileprivate init(_ status: NodeStatus) {
        let started = Date(timeIntervalSince1970: Double(status.started.secondsSinceEpoch))
        self.init(
            name: status.name, version: status.version, address: status.address, started: started.formatted(.iso8601),
            place: status.place, lag: status.lag, leaseSeconds: status.lease.components.seconds,
            silentSeconds: (status.age / .milliseconds(100)).rounded() / 10, state: status.isOut ? "out" : "alive",
            isAsked: status.isThisNode)
    }
}
