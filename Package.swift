// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "nuncio",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "nuncio", targets: ["nuncio"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The language: names, records, messages. Imports nothing.
        .target(name: "DNS"),

        // Keys and signatures.
        .target(name: "DNSSEC", dependencies: ["DNS", .product(name: "Crypto", package: "swift-crypto")]),

        // The rules: who may publish what, and what is published.
        .target(
            name: "Delegates",
            dependencies: ["DNS", "DNSSEC", .product(name: "Crypto", package: "swift-crypto")]
        ),

        // What is answered: zones, look-up, responses.
        .target(name: "Authority", dependencies: ["DNS", "DNSSEC", "Delegates"]),

        // What the doors share: endpoints, listening, certificates, a bound on connections.
        .target(
            name: "Sockets",
            dependencies: [
                "CSockets", "DNS", "SystemErrors",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),

        // Asking resolvers and name servers.
        .target(
            name: "DNSClient",
            dependencies: [
                "DNS", "Sockets",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),

        // Looking names up and validating the answers, by libunbound.
        .target(
            name: "Validation", dependencies: ["CValidator", "DNS", "Sockets"]),
        .target(name: "CValidator", linkerSettings: [.linkedLibrary("unbound")]),

        // What is wrong with a domain, and which record to change.
        .target(
            name: "Doctor",
            dependencies: [
                "CAA", "DNS", "DNSClient", "DNSSEC", "Sockets", "Validation", .product(name: "Crypto", package: "swift-crypto"),
            ]),

        // Counts and how they are told.
        .target(name: "PrometheusMetrics"),

        // Errors in words for a person.
        .target(name: "SystemErrors"),

        // Port 53.
        .target(
            name: "Nameserver",
            dependencies: [
                "Authority", "CClock", "CSockets", "DNS", "Delegates", "PrometheusMetrics", "Sockets", "SystemErrors",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .target(name: "CClock"),
        .target(name: "CSockets"),

        // Port 443, and the JSON that it and the command line share.
        .target(name: "DelegateAPI"),
        .target(
            name: "Webserver",
            dependencies: [
                "DNS", "DNSSEC", "DelegateAPI", "Delegates", "PrometheusMetrics", "Sockets",
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOExtras", package: "swift-nio-extras"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),

        // What is kept.
        .target(
            name: "StorageParts",
            dependencies: [
                "DNS", "Delegates", "PrometheusMetrics",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .target(
            name: "SQLiteStorage",
            dependencies: [
                "DNS", "Delegates", "PrometheusMetrics", "StorageParts", "SystemErrors",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),

        .target(name: "CPostgreSQL", linkerSettings: [.linkedLibrary("pq")]),
        .target(name: "PostgreSQL", dependencies: ["CPostgreSQL"]),
        .target(
            name: "PostgreSQLStorage",
            dependencies: [
                "DNS", "Delegates", "PostgreSQL", "PrometheusMetrics", "StorageParts",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),

        // Accounts of other servers, and their way into a storage.
        .target(name: "Importing", dependencies: ["DNS", "Delegates", "PostgreSQL"]),

        // What is read of acme-dns: its databases, its password hashes.
        .target(
            name: "AcmeDNS",
            dependencies: [
                "CBcrypt", "Delegates", "Importing", "PostgreSQL", "SystemErrors",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        // What is read of getlocalcert.
        .target(name: "Getlocalcert", dependencies: ["Delegates", "Importing", "PostgreSQL"]),
        .target(name: "CProcess"),
        .target(name: "CBcrypt", linkerSettings: [.linkedLibrary("crypt")]),

        // What servers share through a storage that may not read it.
        .target(name: "Sealing", dependencies: [.product(name: "Crypto", package: "swift-crypto")]),

        // Keys over time: zones stay signed.
        .target(
            name: "Signing",
            dependencies: [
                "Authority", "DNS", "DNSClient", "DNSSEC", "Delegates", "PrometheusMetrics", "Sockets", "SystemErrors",
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),

        // Which authority may issue for whom, as CAA records say.
        .target(name: "CAA", dependencies: ["DNS"]),

        // A certificate from an authority, and keeping it valid.
        .target(
            name: "ACME",
            dependencies: [
                "DNS", "Sockets", "SystemErrors",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ]
        ),

        // What the service manager that started the process is told.
        .target(
            name: "Supervision",
            dependencies: [
                "CClock", "CSockets", "DNS", "DNSClient", "Sockets", "SystemErrors",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),

        // Configuration to parts to one running service.
        .target(
            name: "Daemon",
            dependencies: [
                "ACME", "AcmeDNS", "Authority", "CAA", "CClock", "DNS", "DNSClient", "DNSSEC", "DelegateAPI", "Delegates",
                "Doctor", "Nameserver", "PostgreSQL", "PostgreSQLStorage", "PrometheusMetrics", "SQLiteStorage", "Sealing",
                "Signing", "Sockets", "StorageParts", "Supervision", "SystemErrors", "Validation", "Webserver",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        .executableTarget(
            name: "nuncio",
            dependencies: [
                "AcmeDNS", "CAA", "CProcess", "DNS", "DNSClient", "DNSSEC", "Daemon", "DelegateAPI", "Delegates", "Doctor",
                "Getlocalcert", "Importing", "PostgreSQL", "PostgreSQLStorage", "SQLiteStorage", "Signing", "Sockets",
                "StorageParts", "Supervision",
                "SystemErrors",
                "Validation",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            linkerSettings: [
                // Relocations in the short form (glibc 2.36 or newer) and no table of its own symbols for other libraries: a tenth of a
                // stripped program that has the libraries of Swift inside.
                .unsafeFlags(
                    ["-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs", "-Xlinker", "--no-export-dynamic"],
                    .when(platforms: [.linux], configuration: .release))
            ]
        ),

        // What fuzzing feeds; kept cases are replayed by the tests.
        .target(
            name: "FuzzTargets", dependencies: ["Authority", "DNS", "DNSSEC", "DelegateAPI", "Delegates"], path: "Fuzz/Targets"),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"]),

        .target(name: "CChildProcess", path: "Tests/CChildProcess"),
        .target(
            name: "TestSupport",
            dependencies: [
                "CChildProcess", "DNS", "Delegates",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/TestSupport"
        ),
        .testTarget(name: "DNSTests", dependencies: ["DNS", "TestSupport"]),
        .testTarget(
            name: "DNSSECTests",
            dependencies: ["DNS", "DNSSEC", .product(name: "Crypto", package: "swift-crypto")]),
        .testTarget(name: "DelegatesTests", dependencies: ["DNS", "Delegates", "TestSupport"]),
        .testTarget(name: "DelegateAPITests", dependencies: ["DelegateAPI"]),
        .testTarget(name: "PrometheusMetricsTests", dependencies: ["PrometheusMetrics"]),
        .testTarget(
            name: "SocketsTests",
            dependencies: [
                "DNS", "Sockets", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(
            name: "DNSClientTests",
            dependencies: [
                "DNS", "DNSClient", "Sockets", "TestSupport", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(name: "SystemErrorsTests", dependencies: ["SystemErrors", "TestSupport"]),
        .testTarget(
            name: "AuthorityTests",
            dependencies: [
                "Authority", "DNS", "DNSSEC", "Delegates", "TestSupport", .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        .testTarget(
            name: "NameserverTests",
            dependencies: [
                "Authority", "DNS", "Delegates", "Nameserver", "Sockets", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "StorageTests",
            dependencies: [
                "DNS", "Delegates", "PostgreSQL", "PostgreSQLStorage", "SQLiteStorage", "StorageParts", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "AcmeDNSTests",
            dependencies: [
                "AcmeDNS", "DNS", "Delegates", "Importing", "PostgreSQL", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        .testTarget(
            name: "GetlocalcertTests",
            dependencies: ["DNS", "Delegates", "Getlocalcert", "Importing", "PostgreSQL", "TestSupport"]),
        .testTarget(
            name: "WebserverTests",
            dependencies: [
                "DNS", "DNSSEC", "DelegateAPI", "Delegates", "PrometheusMetrics", "Sockets", "TestSupport", "Webserver",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "SigningTests",
            dependencies: [
                "Authority", "DNS", "DNSClient", "DNSSEC", "Delegates", "Signing", "Sockets", "SystemErrors", "TestSupport",
            ]
        ),
        .testTarget(name: "DoctorTests", dependencies: ["CAA", "DNS", "DNSClient", "Doctor", "Sockets", "Validation"]),
        .testTarget(name: "CAATests", dependencies: ["CAA", "DNS", "TestSupport"], exclude: ["cases.txt"]),
        .testTarget(
            name: "ACMETests",
            dependencies: [
                "ACME", "DNS", "Sockets", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ]
        ),
        .testTarget(
            name: "SupervisionTests",
            dependencies: [
                "CClock", "DNS", "Sockets", "Supervision", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "Authority", "CAA", "DNS", "DNSClient", "DNSSEC", "Daemon", "DelegateAPI", "Delegates", "Doctor",
                "PrometheusMetrics", "Sealing", "Signing", "Sockets", "StorageParts", "SystemErrors", "TestSupport",
                "Webserver",
                "nuncio",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]
        ),
    ]
)

// ./fuzz builds with libFuzzer, in a folder of its own.
if Context.environment["NUNCIO_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "fuzz", dependencies: ["FuzzTargets"], path: "Fuzz/Driver",
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]))
}

// ./bench counts the instructions of parts with it.
if Context.environment["NUNCIO_BENCH"] != nil {
    package.targets.append(
        .executableTarget(
            name: "nuncio-instructions", dependencies: ["Authority", "DNS", "Delegates"], path: "Interop/bench/Instructions"))
}

for target in package.targets where !["CBcrypt", "CChildProcess", "CClock", "CSockets", "CValidator"].contains(target.name) {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("ImmutableWeakCaptures"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
    if Context.environment["NUNCIO_FUZZ"] != nil
        && ["DNS", "DNSSEC", "DelegateAPI", "Delegates", "Authority", "FuzzTargets", "fuzz"].contains(target.name)
    {
        target.swiftSettings?.append(.unsafeFlags(["-sanitize=fuzzer"]))
    }
    if target.type != .test && !["TestSupport", "fuzz", "nuncio-instructions"].contains(target.name) {
        target.swiftSettings?.append(.strictMemorySafety())
    }
}
