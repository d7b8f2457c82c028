import DNS
import Delegates

extension Responder {
    /// So many messages can be anticipated at a time.
    package static let maximumAnticipated = LookAhead.capacity

    /// Whether several messages are answered faster if they are anticipated first.
    package var isWorthAnticipating: Bool { table.isWorthLookingAhead }

    /// Takes up a message that will be answered next, together with others: see ``lookAhead(with:)``.
    package func anticipate(_ message: Span<UInt8>, with workspace: inout Workspace) {
        // The question's name, if this is one. Whether it is will be seen when the message is answered.
        var end = Header.length
        while end < message.count, message[end] != 0 { end += Int(message[end]) + 1 }
        guard end < message.count, end > Header.length else { return }
        let name = message.extracting(Header.length...end)
        guard let zone = zones.place(directlyAbove: name), let origin = lookUp.origins[zone] else { return }
        table.anticipate(name.extracting(1...Int(name[0])), in: origin, with: &workspace.lookAhead)
    }

    /// Brings into the processor's caches what the answers to the anticipated messages will need.
    package func lookAhead(with workspace: inout Workspace) {
        table.lookAhead(with: &workspace.lookAhead)
    }
}
