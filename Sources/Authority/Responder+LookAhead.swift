import DNS
import Delegates

extension Responder {
    /// The maximum number of messages that can be anticipated at a time.
    package static let maximumAnticipated = LookAhead.capacity

    /// Whether several messages are answered faster if they are anticipated first.
    package var isWorthAnticipating: Bool { table.isWorthLookingAhead }

    /// Notes a message that is answered next, together with others: see ``lookAhead(with:)``.
    package func anticipate(_ message: Span<UInt8>, with workspace: inout Workspace) {
        // The question's name, if this is a question: that is checked when the message is answered.
        var end = Header.length
        while end < message.count, message[end] != 0 { end += Int(message[end]) + 1 }
        guard end < message.count, end > Header.length else { return }
        let name = message.extracting(Header.length...end)
        guard let zone = zones.place(directlyAbove: name), let origin = lookUp.origins[zone] else { return }
        table.anticipate(name.extracting(1...Int(name[0])), in: origin, with: &workspace.lookAhead)
    }

    /// Brings into the processor's caches what the answers to the anticipated messages need.
    package func lookAhead(with workspace: inout Workspace) {
        table.lookAhead(with: &workspace.lookAhead)
    }
}
