package import DNS
import Delegates

/// What a responder works with. Each thread or event loop that answers makes it once, so that answering allocates nothing.
package struct Workspace: ~Copyable {
    /// The response that was written last.
    package var response: Reply
    /// Which answers are kept back. It is asked once for a batch: see ``Responder/beginBatch(with:)``.
    var gate = AnswerGate.State.open
    var lookAhead = LookAhead()
    var rateLimit: ResponseRateLimit

    /// - Parameters:
    ///   - rateLimit: applies to responses over UDP only.
    ///   - signaturesPerSecond: the maximum number made for answers each second.
    package init(
        rateLimit: ResponseRateLimit.Settings = ResponseRateLimit.Settings(),
        signaturesPerSecond: Int = SigningOnDemand.defaultPerSecond
    ) {
        self.rateLimit = ResponseRateLimit(rateLimit)
        response = Reply(signaturesPerSecond: signaturesPerSecond)
    }

    /// Sets another limit. One with the same settings keeps its state.
    package mutating func setRateLimit(_ settings: ResponseRateLimit.Settings) {
        if rateLimit.settings != settings { rateLimit = ResponseRateLimit(settings) }
    }

    /// Sets the maximum number of signatures made for answers each second.
    package mutating func setSignaturesPerSecond(_ count: Int) {
        if response.signing.signaturesPerSecond != count { response.signing = SigningOnDemand(signaturesPerSecond: count) }
    }
}

/// What became of a message.
package struct Exchange: Sendable {
    package enum Outcome: Hashable, Sendable {
        /// There is a response.
        case response
        /// There is a response, which only tells the client to ask over TCP: the sender's network already gets too much.
        case truncatedByRateLimit
        /// There is no response: the sender's network already gets too much.
        case droppedByRateLimit
        /// The message had no header, or is a response itself: two servers would otherwise answer each other for ever.
        case ignored
    }

    package var outcome: Outcome
    package var code = ResponseCode.noError
    /// `nil` if there was no readable question.
    package var type: RecordType?
    /// The numbers of signatures that were made for the response, and reused from earlier ones.
    package var madeSignatures: UInt8 = 0
    package var reusedSignatures: UInt8 = 0
    /// Whether the response could not be signed: this second had too many signatures to make, or memory ran out.
    package var isUnsigned = false

    package init(outcome: Outcome, type: RecordType? = nil) {
        self.outcome = outcome
        self.type = type
    }

    package var hasResponse: Bool {
        switch outcome {
        case .response, .truncatedByRateLimit: true
        case .droppedByRateLimit, .ignored: false
        }
    }
}
