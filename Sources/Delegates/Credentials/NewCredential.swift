/// A credential that was just made. Its key is known here and never again.
package struct NewCredential: Sendable {
    package var credential: Credential
    package var key: APIKey

    package init(
        for scope: Credential.Scope, label: String = "", allowedNetworks: AllowedNetworks, created: Timestamp,
        expires: Timestamp? = nil
    ) {
        key = APIKey.random()
        credential = Credential(
            username: UniqueID.random(), check: .digest(key.digest), scope: scope, label: label,
            allowedNetworks: allowedNetworks, created: created, expires: expires)
    }
}
