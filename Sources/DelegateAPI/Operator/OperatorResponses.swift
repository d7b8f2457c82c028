/// A group in a list.
package struct GroupSummary: Codable, Hashable, Sendable {
    package var label: String
    package var created: String
    package var delegates: Int
    package var keys: Int

    package init(label: String, created: String, delegates: Int, keys: Int) {
        self.label = label
        self.created = created
        self.delegates = delegates
        self.keys = keys
    }
}

/// The response to `GET groups`.
package struct GroupListResponse: Codable, Hashable, Sendable {
    package var groups: [GroupSummary]

    package init(groups: [GroupSummary]) {
        self.groups = groups
    }
}

/// The response to `GET groups/{label}`.
package struct GroupDetails: Codable, Hashable, Sendable {
    package var label: String
    /// The names of the delegates, without the final dot.
    package var delegates: [String]
    package var keys: [KeyDescription]

    package init(label: String, delegates: [String], keys: [KeyDescription]) {
        self.label = label
        self.delegates = delegates
        self.keys = keys
    }
}

/// The response to `GET delegates/{name}/keys` and `GET groups/{label}/keys`.
package struct KeyListResponse: Codable, Hashable, Sendable {
    package var keys: [KeyDescription]

    package init(keys: [KeyDescription]) {
        self.keys = keys
    }
}

/// A registration token, without its text.
package struct TokenSummary: Codable, Hashable, Sendable {
    package var label: String
    /// `good`, `used_up`, `expired` or `revoked`.
    package var state: String
    package var created: String
    package var expires: String?
    package var quota: Int?
    /// The number of delegates that were enrolled with the token.
    package var used: Int

    package init(label: String, state: String, created: String, expires: String?, quota: Int?, used: Int) {
        self.label = label
        self.state = state
        self.created = created
        self.expires = expires
        self.quota = quota
        self.used = used
    }
}

/// The response to `GET tokens`.
package struct TokenListResponse: Codable, Hashable, Sendable {
    package var tokens: [TokenSummary]

    package init(tokens: [TokenSummary]) {
        self.tokens = tokens
    }
}

/// The response to `POST tokens`.
package struct NewTokenResponse: Codable, Hashable, Sendable {
    package var label: String
    /// Shown here and never again.
    package var token: String
    /// The server's URL for clients, with a final slash.
    package var url: String

    package init(label: String, token: String, url: String) {
        self.label = label
        self.token = token
        self.url = url
    }
}

/// The response to `POST reload`.
package struct ReloadResponse: Codable, Hashable, Sendable {
    package var reloaded: Bool
    /// The absolute path of the file that was read; `nil` if the server has none.
    package var file: String?
    /// The obstacles to the reload; after a successful reload, the remaining problems.
    package var problems: [String]

    package init(reloaded: Bool, file: String? = nil, problems: [String]) {
        self.reloaded = reloaded
        self.file = file
        self.problems = problems
    }
}

/// The response to `GET audit/verify`.
package struct AuditVerdictResponse: Codable, Hashable, Sendable {
    /// Whether the log is as it was written, and contains the noted entry.
    package var whole: Bool
    /// The number of entries; `nil` unless the log is whole.
    package var entries: Int?
    /// The number of the last entry if the log is whole; otherwise that of the entry that is missing, or is not the one that was
    /// written.
    package var number: UInt64
    /// The digest in which the entries end, in hexadecimal.
    package var digest: String?
    /// Why the noted entry is gone; `nil` if it is there, if none was noted, or if the log is broken.
    package var notedEntry: NotedEntryState?
    /// The number of the log's last entry if the noted entry is erased; that of the entry after which the log begins if it was
    /// shortened.
    package var boundary: UInt64?

    package enum NotedEntryState: String, Codable, Hashable, Sendable {
        case erased
        case replaced
        case shortened
    }

    package init(
        whole: Bool, entries: Int? = nil, number: UInt64, digest: String? = nil, notedEntry: NotedEntryState? = nil,
        boundary: UInt64? = nil
    ) {
        self.whole = whole
        self.entries = entries
        self.number = number
        self.digest = digest
        self.notedEntry = notedEntry
        self.boundary = boundary
    }
}

/// A line of the response to `GET trace`: one query.
package struct TraceLine: Codable, Hashable, Sendable {
    package var time: String
    package var address: String
    package var transport: String
    package var name: String
    package var type: String
    package var rcode: String
    package var answers: Int
    package var octets: Int
    package var truncated: Bool
    /// The number of events so far that this follower was too slow for.
    package var lost: Int

    package init(
        time: String, address: String, transport: String, name: String, type: String, rcode: String, answers: Int, octets: Int,
        truncated: Bool, lost: Int
    ) {
        self.time = time
        self.address = address
        self.transport = transport
        self.name = name
        self.type = type
        self.rcode = rcode
        self.answers = answers
        self.octets = octets
        self.truncated = truncated
        self.lost = lost
    }
}

/// The response to `GET nodes`.
package struct NodeListResponse: Codable, Hashable, Sendable {
    /// In the order of their names; empty if the storage is this server's alone.
    package var nodes: [NodeDescription]

    package init(nodes: [NodeDescription]) { self.nodes = nodes }
}

/// A node as the node that was asked sees it.
package struct NodeDescription: Codable, Hashable, Sendable {
    package var name: String
    package var version: String
    /// Where its name server is asked for its place.
    package var address: String
    package var started: String
    /// The number of the last change that it answers with.
    package var place: UInt64
    /// The number of changes that it lacks.
    package var lag: UInt64
    package var leaseSeconds: Int64
    /// How long ago its last sign of life was seen, in seconds.
    package var silentSeconds: Double
    /// `alive`, or `out` if its lease is over: no change waits for it.
    package var state: String
    /// Whether it is the node that was asked.
    package var isAsked: Bool

    package init(
        name: String, version: String, address: String, started: String, place: UInt64, lag: UInt64, leaseSeconds: Int64,
        silentSeconds: Double, state: String, isAsked: Bool
    ) {
        self.name = name
        self.version = version
        self.address = address
        self.started = started
        self.place = place
        self.lag = lag
        self.leaseSeconds = leaseSeconds
        self.silentSeconds = silentSeconds
        self.state = state
        self.isAsked = isAsked
    }
}

/// The response to `GET status`.
package struct StatusResponse: Codable, Hashable, Sendable {
    package var version: String
    package var started: String
    package var uptimeSeconds: Int64
    /// Why values cannot be published; `nil` if they can.
    package var trouble: String?
    package var zones: [String]
    /// `closed`, `token` or `open`.
    package var registration: String
    package var dnsAddresses: [String]
    package var tlsAddresses: [String]
    package var httpAddresses: [String]
    package var metricsAddresses: [String]
    /// The number of names that were given out, deleted ones included.
    package var delegates: Int
    /// The number of delegates that have values now.
    package var delegatesWithValues: Int
    /// The number of the last change that DNS shows.
    package var changes: UInt64
    /// The serial of each zone, by the zone's name without the final dot.
    package var serials: [String: UInt32]

    package init(
        version: String, started: String, uptimeSeconds: Int64, trouble: String?, zones: [String], registration: String,
        dnsAddresses: [String], tlsAddresses: [String], httpAddresses: [String], metricsAddresses: [String], delegates: Int,
        delegatesWithValues: Int, changes: UInt64, serials: [String: UInt32]
    ) {
        self.version = version
        self.started = started
        self.uptimeSeconds = uptimeSeconds
        self.trouble = trouble
        self.zones = zones
        self.registration = registration
        self.dnsAddresses = dnsAddresses
        self.tlsAddresses = tlsAddresses
        self.httpAddresses = httpAddresses
        self.metricsAddresses = metricsAddresses
        self.delegates = delegates
        self.delegatesWithValues = delegatesWithValues
        self.changes = changes
        self.serials = serials
    }
}
