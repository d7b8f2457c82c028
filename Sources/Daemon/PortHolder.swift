import Foundation

/// Finds the process that holds a port, as far as this process may see it.
package enum PortHolder {
    package struct Process: Hashable {
        package var name: String
        package var identifier: Int
    }

    /// - Parameter transport: `UDP` or `TCP`.
    package static func find(port: UInt16, transport: String) -> Process? {
        let tables = ["", "6"].map { "/proc/net/\(transport.lowercased())\($0)" }
        let sockets = tables.flatMap { inodes(in: $0, port: port, isTCP: transport == "TCP") }
        guard !sockets.isEmpty else { return nil }
        let wanted = Set(sockets.map { "socket:[\($0)]" })
        let files = FileManager.default
        for entry in (try? files.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let identifier = Int(entry) else { continue }
            let folder = "/proc/\(entry)/fd"
            for descriptor in (try? files.contentsOfDirectory(atPath: folder)) ?? [] {
                guard let target = try? files.destinationOfSymbolicLink(atPath: "\(folder)/\(descriptor)"),
                    wanted.contains(target)
                else { continue }
                let name = KernelFile.text("/proc/\(entry)/comm") ?? "process"
                return Process(name: name.trimmingCharacters(in: .whitespacesAndNewlines), identifier: identifier)
            }
        }
        return nil
    }

    /// Each line is `sl local_address rem_address st … inode …`, with the address in hexadecimal and state 0A for a TCP listener.
    private static func inodes(in table: String, port: UInt16, isTCP: Bool) -> [Substring] {
        guard let text = KernelFile.text(table) else { return [] }
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, let local = fields[1].split(separator: ":").last, UInt16(local, radix: 16) == port,
                !isTCP || fields[3] == "0A"
            else { return nil }
            return fields[9]
        }
    }
}
