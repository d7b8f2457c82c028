package import DNS
package import Delegates

extension DelegateTable {
    /// Notes that clients with these addresses ask for a delegate's values.
    package func noteQueries(from addresses: [String], at name: DomainName) {
        guard let parent = name.parent, let origin = origin(parent),
            let delegate = name.withFirstLabel({ delegate($0, in: origin) })
        else { preconditionFailure("no delegate \(name)") }
        for address in addresses.compactMap({ IPAddress($0) }) { note(address, askingAt: delegate) }
    }
}
