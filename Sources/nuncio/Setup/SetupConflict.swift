import ArgumentParser
import DNS
import Daemon
import Delegates

/// Options that do not agree with a configuration that exists. It is never changed, so they would be forgotten.
enum SetupConflict {
    /// - Throws: ``Failure`` that names the first option with another value.
    static func check(_ options: SetupOptions, with entries: ConfigurationEntries, file: SetupFile) throws(Failure) {
        // It cannot be read, which the configuration's own problems say.
        guard entries.problems.isEmpty else { return }
        // The resolvers of this call may be others.
        for (option, key, values) in options.given where option != "--resolver" {
            let existing = entries.values(of: key)
            guard Set(values.map(comparable)).isSubset(of: existing.map(comparable)) else {
                throw conflict(option, values, existing.joined(separator: ", "), key, file)
            }
        }
        if options.acceptTerms, entries.values(of: "acme.accept-terms") != ["true"] {
            throw conflict(
                "--accept-terms", ["true"], entries.values(of: "acme.accept-terms").joined(separator: ", "),
                "acme.accept-terms", file)
        }
        let mode = entries.values(of: "webserver.tls.mode").joined()
        if options.certificate == "proxy", !mode.isEmpty, mode != "off" {
            throw conflict("--certificate", ["proxy"], mode, "webserver.tls.mode", file)
        }
        let addresses = Set(
            entries.values(of: "records").compactMap { try? ResourceRecord($0) }.compactMap { IPAddress($0.data.description) })
        let given = options.addresses.filter { IPAddress($0).map { !addresses.contains($0) } ?? true }
        guard given.isEmpty || addresses.isEmpty else {
            throw conflict("--address", given, addresses.map(\.description).sorted().joined(separator: ", "), "records", file)
        }
    }

    /// A value in one of its forms: names and URLs with or without their end, in any case.
    private static func comparable(_ value: String) -> String {
        var value = value.lowercased()
        while value.hasSuffix(".") || value.hasSuffix("/") { value.removeLast() }
        return value
    }

    private static func conflict(_ option: String, _ values: [String], _ existing: String, _ key: String, _ file: SetupFile)
        -> Failure
    {
        let has = existing.isEmpty ? "does not have “\(key)”" : "has “\(existing)” for “\(key)”"
        return Failure(
            message: "“\(file.path)” is there already and was not changed: it \(has), and \(option) says "
                + "“\(values.joined(separator: ", "))”. Edit the file, or give another place with --output",
            exitCode: .refused)
    }
}
