import Foundation
import Glibc
import PrometheusMetrics

/// The kernel's figures for this process, under the names that Prometheus' client libraries use.
enum ProcessMetrics {
    static func write(to exposition: inout Exposition) {
        // The fields follow the name in parentheses, which may contain blanks; they are counted from there (proc(5)).
        if let stat = KernelFile.text("/proc/self/stat"), let end = stat.lastIndex(of: ")") {
            let fields = stat[end...].split(separator: " ").dropFirst().map { Double($0) ?? 0 }
            if fields.count > 21 {
                let ticks = Double(sysconf(CInt(_SC_CLK_TCK)))
                exposition.write(
                    .counter, "process_cpu_seconds_total", "User and system CPU time.", (fields[11] + fields[12]) / ticks)
                exposition.write(
                    .gauge, "process_start_time_seconds", "When the process was started.", bootTime + fields[19] / ticks)
                exposition.write(.gauge, "process_virtual_memory_bytes", "Virtual memory.", fields[20])
                exposition.write(
                    .gauge, "process_resident_memory_bytes", "Resident memory.",
                    fields[21] * Double(sysconf(CInt(_SC_PAGESIZE))))
            }
        }
        if let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
            exposition.write(.gauge, "process_open_fds", "Open file descriptors.", Double(open))
        }
        var limit = rlimit()
        if unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            exposition.write(
                .gauge, "process_max_fds", "The limit on open file descriptors.", Double(limit.rlim_cur))
        }
    }

    /// When the machine was started, in seconds since 1970.
    private static let bootTime: Double = {
        let stat = KernelFile.text("/proc/stat") ?? ""
        let line = stat.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst(6)) } ?? 0
    }()
}
