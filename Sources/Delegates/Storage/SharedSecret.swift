/// Something that the servers of one storage share, and that the storage cannot read: the keys of a zone, say.
package struct SharedSecret: Hashable, Sendable {
    package var name: String
    /// The sealed content, in a form for texts.
    package var content: String
    /// The change that put it there. Of two contents, the one with the higher number is the newer one.
    package var sequence: ChangeSequence

    package init(name: String, content: String, sequence: ChangeSequence) {
        self.name = name
        self.content = content
        self.sequence = sequence
    }
}
