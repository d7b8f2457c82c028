package import DNS
import Delegates

/// What a responder works with: made once by each thread or connection that answers, so that answering allocates nothing.
package struct Workspace: ~Copyable {
    /// The response that was written last.
    package var response = MessageWriter()
    var values = ServedValues()
    var lookAhead = LookAhead()
    var rateLimit: ResponseRateLimit
    var signing: SigningOnDemand

    /// - Parameters:
    ///   - rateLimit: concerns responses over UDP alone.
    ///   - signaturesPerSecond: that are made for answers at most.
    package init(
        rateLimit: ResponseRateLimit.Settings = ResponseRateLimit.Settings(),
        signaturesPerSecond: Int = SigningOnDemand.defaultPerSecond
    ) {
        self.rateLimit = ResponseRateLimit(rateLimit)
        signing = SigningOnDemand(signaturesPerSecond: signaturesPerSecond)
    }

    /// From now on, another limit holds. One that is the same goes on as it stands.
    package mutating func setRateLimit(_ settings: ResponseRateLimit.Settings) {
        if rateLimit.settings != settings { rateLimit = ResponseRateLimit(settings) }
    }

    /// From now on, so many signatures are made for answers a second at most.
    package mutating func setSignaturesPerSecond(_ count: Int) {
        if signing.signaturesPerSecond != count { signing = SigningOnDemand(signaturesPerSecond: count) }
    }
}

/// What became of a message.
package struct Exchange: Sendable {
    package enum Outcome: Hashable, Sendable {
        /// There is a response.
        case response
        /// There is one, which only says: ask over TCP. Its sender's network gets too much as it is.
        case truncatedByRateLimit
        /// Its sender's network gets too much as it is.
        case droppedByRateLimit
        /// It had no header, or is a response itself: two servers would otherwise answer each other for ever.
        case ignored
    }

    package var outcome: Outcome
    package var code = ResponseCode.noError
    /// Nothing if there was no question that could be read.
    package var type: RecordType?
    /// Signatures that were made for it, and such as had been made for an earlier one.
    package var madeSignatures: UInt8 = 0
    package var reusedSignatures: UInt8 = 0
    /// Whether it could not be signed: too much was to be signed in this second.
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
