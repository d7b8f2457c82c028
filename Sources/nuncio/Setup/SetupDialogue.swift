import ArgumentParser

/// A setting for which setup needs a value.
struct SetupQuestion: Sendable {
    /// The option that gives it, for messages.
    var option: String
    /// What the terminal shows: what is asked for, and the words before the default.
    var explanation: String
    var prompt: String
    /// Why values cannot be; `nil` if they can.
    var problem: @Sendable ([String]) -> String?
}

/// Questions at a terminal.
struct SetupDialogue {
    /// The next line without its end; `nil` at the end of the input.
    var read: () -> String?
    /// Shows a text as it is.
    var say: (String) -> Void

    static var terminal: SetupDialogue {
        SetupDialogue(read: { readLine() }, say: { printToStandardError($0, terminator: "") })
    }

    /// Asks until there is an answer that can be.
    ///
    /// - Parameter usual: the values that an empty line stands for; empty if there are none.
    /// - Throws: ``Failure`` at the end of the input.
    func ask(_ question: SetupQuestion, usual: [String]) throws(Failure) -> [String] {
        say("\n\(question.explanation)\n")
        while true {
            say(question.prompt + (usual.isEmpty ? "" : " [\(usual.joined(separator: ", "))]") + ": ")
            guard let line = read() else {
                say("\n")
                throw Failure(
                    message: "the input ended before \(question.option) was answered: nothing was written",
                    exitCode: .validationFailure)
            }
            var values = line.split { $0 == "," || $0.isWhitespace }.map(String.init)
            if values.isEmpty { values = usual }
            guard !values.isEmpty else {
                say("This needs an answer: there is no default.\n")
                continue
            }
            guard let problem = question.problem(values) else { return values }
            say("\(problem).\n")
        }
    }
}
