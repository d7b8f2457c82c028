/// A failure of the storage to do what was asked. Nothing about names or credentials follows from it.
package enum StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The storage failed, or is closed; the reason in words for the operator.
    case unavailable(String)
    /// More changes wait to be committed than the storage takes.
    case overloaded

    package var description: String {
        switch self {
        case .unavailable(let reason): reason
        case .overloaded: "too many changes are waiting for the storage"
        }
    }
}
