import ArgumentParser
import DNS

/// Names that arguments and options give. What is none is a wrong command line, told in the words that the configuration has for it.
enum NameArgument {
    /// The name of a zone.
    static func zone(_ text: String) throws -> DomainName {
        try checked { () throws(PresentationError) in try DomainName(zone: text) }
    }

    /// The name of a delegate: a whole one, or its first label.
    static func delegate(_ text: String) throws -> String {
        _ = try checked { () throws(PresentationError) in try HostName(text, underscores: .anywhere) }
        return text
    }

    private static func checked<Name>(_ read: () throws(PresentationError) -> Name) throws -> Name {
        do {
            return try read()
        } catch {
            throw ValidationError(error.description)
        }
    }
}
