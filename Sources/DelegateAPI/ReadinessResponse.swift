/// The response to `GET readyz`, next to the metrics: whether the server can do its work, and how its zones are signed.
package struct ReadinessResponse: Codable, Hashable, Sendable {
    package var ready: Bool
    /// Why values cannot be published; `nil` if they can.
    package var storageTrouble: String?
    package var zones: [Zone]
    /// Why the server has no valid certificate of its own, or could not renew it; `nil` if it has, or needs none.
    package var certificateTrouble: String?

    package struct Zone: Codable, Hashable, Sendable {
        package var zone: String
        package var signed: Bool
        /// When the first of the signatures that are made ahead expires.
        package var expires: String?
        /// Whether the parent's DS records match: `matches`, `none`, `unusable`, `wrong` or `unknown`.
        package var parent: String

        package init(zone: String, signed: Bool, expires: String?, parent: String) {
            self.zone = zone
            self.signed = signed
            self.expires = expires
            self.parent = parent
        }
    }

    package init(ready: Bool, storageTrouble: String?, zones: [Zone], certificateTrouble: String? = nil) {
        self.ready = ready
        self.storageTrouble = storageTrouble
        self.zones = zones
        self.certificateTrouble = certificateTrouble
    }
}
