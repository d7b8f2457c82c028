/// What a holder can change of a credential; what is nothing stays.
package struct CredentialEdit: Hashable, Sendable {
    package var label: String?
    package var allowedNetworks: AllowedNetworks?
    /// Inside: nothing for a credential that does not expire.
    package var expires: Timestamp??

    package init(label: String? = nil, allowedNetworks: AllowedNetworks? = nil, expires: Timestamp?? = nil) {
        self.label = label
        self.allowedNetworks = allowedNetworks
        self.expires = expires
    }
}
