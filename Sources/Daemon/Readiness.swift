import DelegateAPI
import Delegates

/// Whether the server can do its work: values can be published, and what it answers is not taken for forged.
struct Readiness: Sendable {
    let storage: any DelegateStorage
    let signedZones: SignedZones
    let clock: SteadyClock

    @Sendable
    func report() async -> ReadinessResponse {
        var trouble: String?
        do throws(StorageError) {
            try await storage.checkHealth()
        } catch {
            trouble = error.description
        }
        let zones = signedZones.descriptions(now: clock.now)
        // That nothing is known of a parent, or that it has no DS, keeps nobody from anything.
        let isForged = zones.contains { $0.parent == ParentState.wrong.rawValue }
        return ReadinessResponse(
            ready: trouble == nil && !isForged, storageTrouble: trouble,
            zones: zones.map {
                ReadinessResponse.Zone(zone: $0.zone, signed: $0.signed, expires: $0.expires, parent: $0.parent)
            })
    }
}
