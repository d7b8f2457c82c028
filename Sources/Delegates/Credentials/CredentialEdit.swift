/// A holder's changes to a credential; what is `nil` stays.
package struct CredentialEdit: Hashable, Sendable {
    package var label: String?
    package var allowedNetworks: AllowedNetworks?
    /// The inner `nil` means that the credential does not expire.
    package var expires: Timestamp??

    package init(label: String? = nil, allowedNetworks: AllowedNetworks? = nil, expires: Timestamp?? = nil) {
        self.label = label
        self.allowedNetworks = allowedNetworks
        self.expires = expires
    }
}
