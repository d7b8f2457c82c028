import DNS
import DelegateAPI
import Delegates
import TestSupport
import Testing

/// The key of a group of delegates.
struct GroupKeyTests {
    /// A group's key, and the key of a member.
    private func makeGroup(_ server: RunningWebserver) async throws -> (group: RegisterResponse, member: RegisterResponse) {
        let member = try await server.register()
        let label = try OperatorLabel("mail")
        let key = NewCredential(for: .group(label), allowedNetworks: .all, created: Samples.start)
        for change: Change in [
            .makeGroup(label), .addMember(try DomainName(member.fulldomain), group: label),
            .addCredential(key.credential, maximum: 2),
        ] {
            try await server.storage.commit(change, by: Actor(.operator, from: nil), at: Samples.start)
        }
        let group = RegisterResponse(
            username: key.username.description, password: key.key.text, fulldomain: member.fulldomain,
            subdomain: member.subdomain, allowfrom: [], serverURL: nil)
        return (group, member)
    }

    @Test func `a group's key publishes at its members, keeps domains, checks itself, and nothing else`() async throws {
        try await RunningWebserver.run { server async throws in
            let (group, member) = try await makeGroup(server)
            let other = try await server.register()
            #expect(try await server.update(group, Samples.value(1).text).status == 200)
            #expect(try server.published(member) == [Samples.value(1).text])
            var foreign = group
            foreign.subdomain = other.subdomain
            #expect(try await server.update(foreign, Samples.value(1).text).status == 401)
            #expect(try server.published(other) == [])
            let unnamed = try await server.http.send(
                "POST", "/update", headers: group.headers, body: "{\"txt\":\"\(Samples.value(1).text)\"}")
            try server.expect(unnamed, 400, "bad_subdomain")

            for (method, path) in RunningWebserver.holderEndpoints where path.contains("/domains") {
                let named = try await server.http.send(
                    method, path + "?subdomain=" + member.subdomain.uppercased(), headers: group.headers)
                #expect(named.status == (method == "GET" ? 200 : 204), "\(method) \(named.body)")
                let unnamed = try await server.http.send(method, path, headers: group.headers)
                try server.expect(unnamed, 400, "bad_subdomain", "\(method)")
                let foreign = try await server.http.send(
                    method, path + "?subdomain=" + other.subdomain, headers: group.headers)
                try server.expect(foreign, 401, "forbidden", "\(method)")
            }

            let check = try server.decode(
                CheckResponse.self, try await server.http.send("GET", "/api/v1/check", headers: group.headers))
            #expect(check.group == "mail" && check.delegates == [member.fulldomain] && check.delegate == nil)
            for (method, path) in RunningWebserver.holderEndpoints
            where path != "/api/v1/check" && !path.contains("/domains") {
                let answer = try await server.http.send(
                    method, path, headers: group.headers, body: method == "PATCH" ? "{}" : nil)
                try server.expect(answer, 403, "group_key", "\(method) \(path)")
            }
        }
    }
}
