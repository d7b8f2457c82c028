import Delegates

/// What a node without the database concludes from looks at the others: whether it may go on answering. A value: what they say is handed in.
///
/// A node that shows more proves that this one is behind. A node that is silent may have acknowledged more, and so nobody knows. A host that
/// says that no name server is there changes neither: until then, that node was looked at more often than it could acknowledge something.
struct PeerLooks: Sendable {
    /// The nodes that were silent and have not answered since.
    private(set) var lost: Set<String> = []
    private(set) var isBehind = false
    /// The nodes that have answered.
    private var seen: Set<String> = []

    /// Takes what the others say.
    ///
    /// - Parameter shown: the number of the last change that this node shows.
    mutating func take(_ answers: [String: PeerAnswer], shown: UInt64) {
        for (name, answer) in answers {
            switch answer {
            case .shows(let theirs):
                lost.remove(name)
                seen.insert(name)
                if theirs > shown { isBehind = true }
            case .silent: lost.insert(name)
            case .absent: if !seen.contains(name) { lost.insert(name) }
            }
        }
    }

    /// Whether the node may answer for a little longer.
    var mayAnswer: Bool { !isBehind && lost.isEmpty }
}
