/// The question of a query (RFC 1035 section 4.1.2).
package struct Question: Hashable, Sendable {
    package var name: DomainName
    package var type: RecordType
    package var `class`: RecordClass

    package init(name: DomainName, type: RecordType, class: RecordClass = .in) {
        self.name = name
        self.type = type
        self.class = `class`
    }

    /// Reads a question and moves the position past it.
    package init(of message: Span<UInt8>, at position: inout Int) throws(MessageError) {
        name = try DomainName(of: message, at: &position)
        type = RecordType(rawValue: try message.readUInt16(at: &position))
        `class` = RecordClass(rawValue: try message.readUInt16(at: &position))
    }
}
