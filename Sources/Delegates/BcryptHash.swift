/// A password hash of bcrypt in the form of crypt(5), as acme-dns keeps keys.
package struct BcryptHash: Hashable, Sendable {
    package let text: String

    package init?(_ text: String) {
        guard text.utf8.count == 60 else { return nil }
        self.text = text
    }
}
