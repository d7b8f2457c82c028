import ArgumentParser
import DNS

/// The domain of a certificate, as an option names it: a host name without `*.` and without `_acme-challenge.`, which the challenges of
/// the domain and its wildcard share.
enum CertificateDomain {
    /// - Returns: the name as clients look it up, in lower case and without a final dot.
    /// - Throws: `ValidationError` that says what the text is instead.
    static func name(_ text: String) throws -> String {
        let challenge = "_acme-challenge."
        var bare = (HostName.name(within: text) ?? text)[...]
        let isWithin = bare.lowercased().hasPrefix(challenge)
        while let prefix = [challenge, "*."].first(where: { bare.lowercased().hasPrefix($0) }) {
            bare = bare.dropFirst(prefix.count)
        }
        if isWithin || text.lowercased().hasPrefix(challenge), let domain = HostName.ascii(bare, underscores: .nowhere) {
            throw ValidationError(
                "“\(text)” is where the challenges of a domain are: give the domain itself, “\(domain)”")
        }
        let name: HostName
        do {
            name = try HostName(text)
        } catch {
            throw ValidationError(error.description)
        }
        guard name.domainName.prepending(label: "_acme-challenge".utf8) != nil else {
            throw ValidationError("“\(text)” is too long: there is no room for “\(challenge)” in front of it")
        }
        return name.domainName.lowercased.withoutFinalDot
    }
}
