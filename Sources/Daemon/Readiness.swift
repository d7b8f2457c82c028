import DelegateAPI
import Delegates
import Signing

/// Whether the server can do its work: values can be published, the API has a certificate if it obtains one, and resolvers do not take
/// the answers for forged.
struct Readiness: Sendable {
    let storage: any DelegateStorage
    let signedZones: SignedZones
    let ownCertificate: OwnCertificate?
    let clock: SteadyClock

    @Sendable
    func report() async -> ReadinessResponse {
        var trouble: String?
        do throws(StorageError) {
            try await storage.checkHealth()
        } catch {
            trouble = error.description
        }
        let zones = signedZones.statuses(now: clock.now)
        // A parent that has no DS, or about which nothing is known, does no harm.
        let isForged = zones.contains { $0.parent == .wrong }
        return ReadinessResponse(
            ready: trouble == nil && !isForged && ownCertificate?.isValid != false, storageTrouble: trouble,
            zones: zones.map { ReadinessResponse.Zone($0) }, certificateTrouble: ownCertificate?.trouble)
    }
}
