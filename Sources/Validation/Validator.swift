import CValidator
package import DNS
import Foundation
package import Sockets

/// Looks names up and validates the answers (RFC 4035), by libunbound of NLnet Labs, within this process.
///
/// Validation is the work of a library that resolvers use. The AD bit of a resolver elsewhere would be a promise of the network in between.
package struct Validator: Sendable {
    /// Where answers come from: name servers from the root down, or resolvers.
    package enum Source: Hashable, Sendable {
        /// The file has the addresses of the root's servers; `nil` for those of the Internet.
        case nameservers(hintsFile: String?)
        /// At least one. They need not validate, but must pass signatures on.
        case resolvers([Endpoint])
    }

    package enum Anchors: Hashable, Sendable {
        /// The keys of the Internet's root.
        case internet
        /// A file with DS or DNSKEY records.
        case file(String)
    }

    package var source: Source
    package var anchors: Anchors
    /// Networks whose addresses are never asked, as “10.0.0.0/8”.
    package var deniedNetworks: [String]
    package var allowsLoopback: Bool

    package init(
        source: Source = .nameservers(hintsFile: nil), anchors: Anchors = .internet, deniedNetworks: [String] = [],
        allowsLoopback: Bool = true
    ) {
        self.source = source
        self.anchors = anchors
        self.deniedNetworks = deniedNetworks
        self.allowsLoopback = allowsLoopback
    }

    /// The DS records of the root's keys of 2017 and 2024. (data.iana.org/root-anchors)
    private static let rootAnchors = [
        ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
        ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16",
    ]

    /// Asks all questions at once, with nothing in a cache.
    ///
    /// - Returns: the answers in the order of the questions; after the time, which is rounded down to milliseconds, those that are there.
    /// - Throws: ``ValidatorProblem`` if libunbound cannot use the settings.
    package func ask(
        _ questions: [Question], within time: Duration = .seconds(10)
    ) async throws(ValidatorProblem) -> [ValidatedAnswer] {
        let stop = StopNumber()
        let result: Result<[ValidatedAnswer], ValidatorProblem> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // libunbound blocks its thread, which must be none of those that tasks and queues share.
                Thread.detachNewThread {
                    continuation.resume(returning: self.answers(to: questions, within: time, stop))
                }
            }
        } onCancel: {
            stop.stop()
        }
        return try result.get()
    }

    private func answers(
        to questions: [Question], within time: Duration, _ stop: StopNumber
    ) -> Result<[ValidatedAnswer], ValidatorProblem> {
        let hints: String? = if case .nameservers(let file) = source { file } else { nil }
        let resolvers: [String] =
            if case .resolvers(let endpoints) = source { endpoints.map { "\($0.hostText)@\($0.port)" } } else { [] }
        let (file, anchors): (String?, [String]) =
            switch anchors {
            case .internet: (nil, Self.rootAnchors)
            case .file(let file): (file, [])
            }
        let (seconds, attoseconds) = time.components
        let milliseconds = CInt(clamping: seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
        let answers = UnsafeMutableBufferPointer<cvalidator_answer>.allocate(capacity: questions.count)
        defer {
            unsafe cvalidator_free(answers.baseAddress, answers.count)
            unsafe answers.deallocate()
        }
        unsafe answers.initialize(repeating: cvalidator_answer())
        var texts = unsafe CTexts()
        var settings = unsafe cvalidator_settings()
        unsafe settings.hints_file = texts.text(hints)
        unsafe settings.anchor_file = texts.text(file)
        unsafe settings.anchors = texts.list(anchors)
        unsafe settings.anchor_count = anchors.count
        unsafe settings.resolvers = texts.list(resolvers)
        unsafe settings.resolver_count = resolvers.count
        unsafe settings.denied_networks = texts.list(deniedNetworks)
        unsafe settings.denied_network_count = deniedNetworks.count
        unsafe settings.allows_loopback = allowsLoopback
        let names = unsafe texts.list(questions.map(\.name.description))
        defer { unsafe texts.free() }
        let problem = unsafe cvalidator_ask(
            &settings, names, questions.map(\.type.rawValue), questions.count, milliseconds, stop.pointer,
            answers.baseAddress)
        if let problem = unsafe problem { return unsafe .failure(ValidatorProblem(description: String(cString: problem))) }
        return unsafe .success(answers.map { unsafe ValidatedAnswer($0) })
    }
}

/// What libunbound says of one question.
package struct ValidatedAnswer: Sendable {
    package enum Security: Hashable, Sendable {
        /// A chain of signatures leads from a trust anchor to the answer, or to the proof that there is none.
        case secure
        /// A proof says that a zone on the way is not signed.
        case insecure
        /// Signatures are wrong or missing; why, in libunbound's words. Certificate authorities refuse such an answer.
        case bogus(String)
        /// There is no answer; why, in words.
        case unknown(String)
    }

    package var security: Security
    /// The whole response; `nil` if there is none that can be read.
    package var message: Message?

    package init(security: Security, message: Message? = nil) {
        self.security = security
        self.message = message
    }
}

extension ValidatedAnswer {
    fileprivate init(_ answer: cvalidator_answer) {
        let reason = unsafe withUnsafeBytes(of: answer.reason) { octets in
            unsafe String(decoding: octets.prefix { $0 != 0 }, as: UTF8.self)
        }
        if let octets = unsafe answer.message {
            unsafe message = try? Message(Array(UnsafeBufferPointer(start: octets, count: answer.message_length)))
        }
        let code = unsafe ResponseCode(rawValue: answer.response_code)
        switch unsafe answer.security {
        case CVALIDATOR_BOGUS: security = .bogus(reason)
        case CVALIDATOR_FAILED: security = .unknown(reason)
        case CVALIDATOR_LATE: security = .unknown("there was no answer in time")
        case _ where code != .noError && code != .nameError: security = .unknown("the look-up says \(code)")
        case CVALIDATOR_SECURE: security = .secure
        default: security = .insecure
        }
    }
}

/// Settings that libunbound cannot use, in words.
package struct ValidatorProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
}
