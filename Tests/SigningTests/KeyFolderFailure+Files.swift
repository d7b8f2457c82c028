import Signing
import SystemErrors

extension KeyFolder.Failure {
    /// Whether a file or the folder could not be written, for a reason with these words.
    func isOfFiles(_ words: String) -> Bool {
        if case .files(let failure) = self { failure.problem.contains(words) } else { false }
    }
}
