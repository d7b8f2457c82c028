import CClock
import Foundation
import Glibc
import Supervision
import TestSupport
import Testing

/// What the environment says of a service manager, and what arrives at its socket.
@Suite(.timeLimit(.minutes(30)))
struct SupervisorTests {
    private let log = CapturedLog()

    private func make(_ values: [String: String], processID: Int32 = 7) -> Supervisor? {
        Supervisor(ServiceEnvironment(values: values), processID: processID, logger: log.logger)
    }

    @Test(arguments: [[:], ["NOTIFY_SOCKET": ""], ["WATCHDOG_USEC": "1000000"]])
    func `without a socket there is no supervisor`(values: [String: String]) {
        #expect(make(values) == nil)
    }

    @Test(arguments: [
        (["WATCHDOG_USEC": "30000000"], Duration.seconds(30)),
        (["WATCHDOG_USEC": "500", "WATCHDOG_PID": "7"], .microseconds(500)),
        (["WATCHDOG_USEC": "500", "WATCHDOG_PID": "8"], nil), (["WATCHDOG_USEC": "0"], nil), (["WATCHDOG_USEC": "-5"], nil),
        (["WATCHDOG_USEC": "soon"], nil), ([:], nil),
    ])
    func `signs of life are wanted if the watchdog's time is given, and for this process`(
        values: [String: String], time: Duration?
    ) throws {
        let supervisor = try #require(make(values.merging(["NOTIFY_SOCKET": "/socket"]) { $1 }))
        #expect(supervisor.watchdogTime == time)
    }

    @Test(arguments: [true, false])
    func `a datagram arrives at a path and at an abstract name`(isAbstract: Bool) async throws {
        try await withTemporaryFolder { folder in
            let name = isAbstract ? "@nuncio-test-\(UUID().uuidString)" : folder.appending(path: "notify").path
            let socket = try NotificationSocket(name)
            let supervisor = try #require(make(["NOTIFY_SOCKET": name]))
            await supervisor.tell(.ready, .status("one\ntwo\r\nREADY=0"))
            #expect(try await socket.next() == ["READY=1", "STATUS=one two READY=0"])
            await supervisor.tell(.stopping)
            #expect(try await socket.next() == ["STOPPING=1"])
            await supervisor.tell(.alive)
            #expect(try await socket.next() == ["WATCHDOG=1"])
            await supervisor.tell(.status(String(repeating: "x", count: 5000)))
            #expect(try await socket.next() == ["STATUS=" + String(repeating: "x", count: 500)])
        }
    }

    @Test func `a reload is told with the time of the clock that is never set`() async throws {
        try await withTemporaryFolder { folder in
            let socket = try NotificationSocket(folder.appending(path: "notify").path)
            let supervisor = try #require(make(["NOTIFY_SOCKET": socket.name]))
            let before = monotonic_nanoseconds() / 1000
            await supervisor.tell(.reloading)
            let lines = try await socket.next()
            #expect(lines.first == "RELOADING=1" && lines.count == 2)
            let told = try #require(lines.last?.split(separator: "=").last.flatMap { UInt64($0) })
            #expect((before...monotonic_nanoseconds() / 1000).contains(told))
        }
    }

    @Test(arguments: ["/nowhere/at/all", "relative", "vsock:2:1", "/" + String(repeating: "x", count: 200)])
    func `a socket that cannot be reached is logged once`(name: String) async throws {
        let supervisor = try #require(make(["NOTIFY_SOCKET": name]))
        await supervisor.tell(.ready)
        await supervisor.tell(.alive)
        #expect(log.lines.filter { $0.contains("the service manager cannot be told") }.count == 1)
    }
}
