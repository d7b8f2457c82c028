import ArgumentParser
import DNS

/// The names in arguments and options. A text that is not a name is a wrong command line, reported in the words of the configuration.
enum NameArgument {
    /// The name of a zone.
    static func zone(_ text: String) throws -> DomainName {
        try checked { () throws(PresentationError) in try DomainName(zone: text) }
    }

    /// The name of a delegate: a whole name, or its first label.
    static func delegate(_ text: String) throws -> String {
        _ = try checked { () throws(PresentationError) in try HostName(text, underscores: .anywhere) }
        return text
    }

    /// The name of a host, or of a delegate, in full.
    static func host(_ text: String) throws -> DomainName {
        try checked { () throws(PresentationError) in try HostName(text, underscores: .anywhere).domainName.lowercased }
    }

    private static func checked<Name>(_ read: () throws(PresentationError) -> Name) throws -> Name {
        do {
            return try read()
        } catch {
            throw ValidationError(error.description)
        }
    }
}
