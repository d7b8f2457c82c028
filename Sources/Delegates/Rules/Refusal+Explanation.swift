import DNS

extension Refusal {
    /// A refusal as the client sees it: the one table of texts and codes. Each interface turns a kind into its own status.
    package struct Explanation: Hashable, Sendable {
        package var kind: Kind
        /// A word that programs can compare; stable between versions.
        package var code: String
        /// What is wrong, and what would be right; `nil` where the client must not learn it.
        package var text: String?
        /// When the same can be tried again; `nil` if waiting does not help.
        package var retryAfter: Duration?

        /// A word for the log, where operators want to tell refusals apart that are one to clients.
        package var logWord: String

        fileprivate init(
            _ kind: Kind, _ code: String, _ text: String? = nil, retryAfter: Duration? = nil, logWord: String? = nil
        ) {
            self.kind = kind
            self.code = code
            self.text = text
            self.retryAfter = retryAfter
            self.logWord = logWord ?? code
        }
    }

    package enum Kind: Hashable, Sendable {
        /// The request itself is wrong.
        case invalid
        /// A credential is needed, or is not valid.
        case unauthorized
        /// The caller may not do this.
        case forbidden
        case notFound
        /// Something that exists already is against it.
        case conflict
        /// A limit of a period, or of one network.
        case tooMany
        /// A limit of the whole server.
        case noRoom
        /// The server has too much to do.
        case busy
    }

    package var explanation: Explanation {
        switch self {
        case .forbidden:
            return Explanation(.unauthorized, "forbidden")
        case .invalidChallengeValue:
            return Explanation(
                .invalid, "bad_txt", "txt must be exactly 43 characters of A-Z, a-z, 0-9, - and _ (RFC 8555 section 8.4)")
        case .invalidAllowedNetwork(let text):
            return Explanation(
                .invalid, "invalid_allowfrom_cidr",
                "“\(text)” is not a network like 192.0.2.0/24 or 2001:db8::/32; one address is 192.0.2.1/32")
        case .invalidLabel:
            return Explanation(
                .invalid, "invalid_label",
                "a label has at most \(Credential.maximumLabelLength) characters and no control characters")
        case .invalidExpiry:
            return Explanation(.invalid, "invalid_expiry", "the expiry must be in the future")
        case .registrationClosed:
            return Explanation(
                .forbidden, "registration_closed", "this server does not enrol delegates over the API; ask its operator")
        case .registrationTokenNeeded:
            return Explanation(
                .unauthorized, "registration_token_needed",
                "this server enrols delegates only with a valid registration token: ask its operator for one")
        case .registrationTokenUsedUp:
            return Explanation(
                .forbidden, "registration_token_used_up",
                "this token has reached its limit of delegates: ask the operator for another one")
        case .tooManyRegistrationsOfToken(let retryAfter):
            return Explanation(
                .tooMany, "too_many_registrations",
                "this token has reached its limit of delegates for now", retryAfter: retryAfter,
                logWord: "too_many_registrations_of_token")
        case .groupKey:
            return Explanation(
                .forbidden, "group_key",
                "a group’s key can only publish at the group’s delegates, keep their domains and check itself")
        case .subdomainMissing:
            return Explanation(
                .invalid, "bad_subdomain", "with a group’s key, “subdomain” must name one of the group’s delegates")
        case .invalidOperatorLabel(let text):
            return Explanation(
                .invalid, "invalid_label",
                "“\(text)” is not a label: use 1 to \(OperatorLabel.maximumLength) of a to z, 0 to 9, “.”, “_” and “-”, "
                    + "beginning with a letter or a digit", logWord: "invalid_operator_label")
        case .invalidDelegateName(let text):
            let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
            return Explanation(
                .invalid, "invalid_name",
                "“\(text)” cannot be a delegate’s name: use one label of letters, digits, “_” and (not at an end) “-”, directly "
                    + "below a zone of this server, where there is no record"
                    + (isASCII ? "" : HostName.ascii(text).map { ". In ASCII it is “\($0)” (RFC 5890)" } ?? ""))
        case .invalidDomain(let reason):
            return Explanation(.invalid, "invalid_domain", reason)
        case .invalidQuota:
            return Explanation(.invalid, "invalid_quota", "a quota is a number from 1 to \(Operating.maximumQuota)")
        case .busy:
            return Explanation(
                .busy, "busy", "too many keys are being checked at the moment; try again", retryAfter: .seconds(1))
        case .tooManyRegistrations(let retryAfter):
            return Explanation(
                .tooMany, "too_many_registrations", "your network has reached its limit of new delegates for now",
                retryAfter: retryAfter, logWord: "too_many_registrations_of_network")
        case .tooManyDelegatesOfNetwork(let maximum):
            return Explanation(
                .tooMany, "too_many_delegates",
                "your network has reached its limit of \(maximum) delegates: delete unused ones, or ask the operator for a "
                    + "registration token", logWord: "too_many_delegates_of_network")
        case .tooManyDelegates:
            return Explanation(
                .noRoom, "too_many_delegates", "this server has reached its limit of delegates: ask its operator")
        case .tooLittleRoom:
            return Explanation(
                .noRoom, "too_little_room",
                "this server’s disk is nearly full: the rest is kept for enrolled delegates")
        case .tooManyFailures(let retryAfter):
            return Explanation(
                .tooMany, "too_many_failures", "your network has sent too many wrong credentials",
                retryAfter: retryAfter)
        case .noSuchZone(let text):
            return Explanation(.notFound, "no_such_zone", "“\(text)” is not a zone of this server")
        case .keysNotChanged(let reason):
            return Explanation(.conflict, "keys_not_changed", reason)
        case .noOwnCertificate:
            return Explanation(
                .notFound, "no_certificate",
                "this server obtains no certificate for itself: set “webserver.tls.mode” to acme")
        case .certificateNotRevoked(let reason):
            return Explanation(.conflict, "certificate_not_revoked", reason)
        case .tooManyUpdates(let retryAfter):
            return Explanation(
                .tooMany, "too_many_updates", "this delegate has reached its limit of updates for now",
                retryAfter: retryAfter)
        case .tooManyUpdatesOfNetwork(let retryAfter):
            return Explanation(
                .tooMany, "too_many_updates", "your network has reached its limit of updates for now",
                retryAfter: retryAfter, logWord: "too_many_updates_of_network")
        case .tooManyKeyChanges(let retryAfter):
            return Explanation(
                .tooMany, "too_many_changes",
                "this delegate has reached its limit of key changes, added domains and withdrawals for now",
                retryAfter: retryAfter)
        case .tooManyDiagnoses(let retryAfter):
            return Explanation(
                .tooMany, "too_many_diagnoses",
                "the domains of this delegate were looked at \(Limits.diagnosesPerHour) times within an hour",
                retryAfter: retryAfter)
        case .doctorBusy:
            return Explanation(
                .busy, "doctor_busy", "too many domains are being looked at at the moment, or one for this delegate; try again",
                retryAfter: .seconds(10))
        case .noSuchDelegate:
            return Explanation(.notFound, "no_such_delegate", "there is no delegate with this name here, or it was deleted")
        case .notAllowed:
            return Explanation(.unauthorized, "forbidden", "the credential is no longer valid", logWord: "not_allowed")
        case .noSuchCredential:
            return Explanation(.notFound, "no_such_key", "there is no key with that id here")
        case .tooManyCredentials(let maximum):
            return Explanation(
                .conflict, "too_many_keys", "there can be at most \(maximum) keys: delete one that is no longer used")
        case .lastCredential:
            return Explanation(
                .conflict, "last_key", "there is no other valid key: make one first, or delete the delegate or group")
        case .nameTaken:
            return Explanation(.conflict, "name_taken", "the name is already enrolled")
        case .nameDeleted:
            return Explanation(.conflict, "name_deleted", "the name was deleted, and is never given out again")
        case .usernameTaken:
            return Explanation(.conflict, "username_taken", "there is another credential with this user name")
        case .delegateDisabled:
            return Explanation(.conflict, "delegate_disabled", "the delegate is disabled")
        case .ownDelegate:
            return Explanation(
                .conflict, "own_delegate",
                "this delegate is for the server’s own certificate: take its name out of “acme.names” first")
        case .delegateInUse:
            return Explanation(.conflict, "delegate_in_use", "the delegate is in use")
        case .tooManyDomains:
            return Explanation(
                .conflict, "too_many_domains",
                "a delegate has at most \(Limits.domainsOfDelegate) domains: remove one that is no longer used")
        case .noSuchDomain:
            return Explanation(.notFound, "no_such_domain", "the delegate has no such domain")
        case .nothingPrepared:
            return Explanation(.conflict, "nothing_prepared", "nothing is prepared for this token")
        case .memberLabelTaken:
            return Explanation(.conflict, "member_label_taken", "another delegate of the group has the same first label")
        case .noSuchGroup:
            return Explanation(.notFound, "no_such_group", "no such group")
        case .groupTaken:
            return Explanation(.conflict, "group_taken", "there is already a group with this label")
        case .groupFull:
            return Explanation(.conflict, "group_full", "a group has at most \(GroupRecord.maximumMembers) delegates")
        case .noSuchToken:
            return Explanation(.notFound, "no_such_token", "no such token")
        case .tokenTaken:
            return Explanation(.conflict, "token_taken", "there is or was a token with this label")
        }
    }
}
