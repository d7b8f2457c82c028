/// How clients look a domain up in their credential files.
enum DomainKey {
    /// The domain in lower case and without a final dot.
    static func normalized(_ domain: String) -> String {
        (domain.hasSuffix(".") ? String(domain.dropLast()) : domain).lowercased()
    }
}
