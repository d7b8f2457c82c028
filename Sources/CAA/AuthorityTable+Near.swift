extension AuthorityTable {
    /// - Returns: the identity that was probably meant by a text; `nil` if the text is one, or near none.
    package static func identity(near text: String) -> String? {
        let all = entries.flatMap { entry in entry.identities.map { (identity: $0, entry: entry) } }
        guard !text.isEmpty, !all.contains(where: { $0.identity == text }) else { return nil }
        var best: (identity: String, distance: Int)?
        for (identity, entry) in all {
            // Another name of an authority can look like one of the table, unless the table has them all.
            let isComplete = !entry.accountForms.isEmpty
            if isComplete, text.hasSuffix("." + identity) || firstLabel(text) == firstLabel(identity) { return identity }
            let limit = identity.utf8.count < 10 ? 1 : 2
            guard let distance = EditDistance.between(text, identity, limit: limit),
                isComplete || text.split(separator: ".").last == identity.split(separator: ".").last
            else { continue }
            if distance < best?.distance ?? .max { best = (identity, distance) }
        }
        return best?.identity
    }

    private static func firstLabel(_ name: String) -> Substring { name.prefix { $0 != "." } }
}
