"""Each kind of credential at each of the holder's operations."""

import datetime

import requests

from Interop.accounts import CHALLENGE_VALUE
from Interop.openapi.provoking import Json, Key, Provoking, basic
from Interop.processes import wait_until

DOMAINS = "/api/v1/domains"
DOCTOR = "/api/v1/doctor"
# Here a group's key names the delegate in the query.
NAMING = (DOMAINS, DOCTOR)
UPDATES = ("/update", "/t/{token}/update", "/api/v1/acme-dns-compat/update", "/api/v1/acme-dns-compat/t/{token}/update")


def provoke(provoking: Provoking) -> None:
    provoking.serve({})
    matrix = Matrix(provoking)
    for path, operations in provoking.public.schema.raw_schema["paths"].items():
        for method in ("get", "put", "post", "patch", "delete"):
            # An operation without security of its own has that of the whole description.
            if method in operations and "security" not in operations[method]:
                matrix.compare(method.upper(), path, operations[method])
    matrix.look_back()


class Matrix:
    """Credentials that must be refused, made once: nothing may change for their holders or the delegates they are sent for."""

    def __init__(self, provoking: Provoking) -> None:
        self.provoking = provoking
        self.public = provoking.public
        operate = provoking.operate
        self.victim = provoking.enrol()
        self.publish(self.victim)
        self.group = self.make_group("group", self.victim)

        expired = self.short_lived()
        ended = provoking.enrol()
        operate(201, "POST", "/v1/delegates/{name}/rotate", {"overlap_seconds": 0}, name=ended.name)
        elsewhere = Key.of(provoking.operators.expect(201, None, "POST", "/v1/delegates", body={"allowfrom": ["192.0.2.0/24"]}))
        disabled, deleted = provoking.enrol(), provoking.enrol()
        operate(204, "POST", "/v1/delegates/{name}/disable", name=disabled.name)
        operate(204, "DELETE", "/v1/delegates/{name}", name=deleted.name)
        lost = self.make_group("lost", self.victim)
        operate(204, "DELETE", "/v1/groups/{label}", label="lost")
        unknown = Key("00000000-0000-4000-8000-000000000000", "0" * 40)
        # Each with the delegate that it is sent for: its own, so that nothing else is wrong with it.
        self.refused = {
            "none": ({}, self.victim),
            "wrong": (self.victim.headers | {"X-Api-Key": "0" * 40}, self.victim),
            "unknown": (unknown.headers, self.victim),
            "expired": (expired.headers, expired),
            "ended": (ended.headers, ended),
            "elsewhere": (elsewhere.headers, elsewhere),
            "disabled": (disabled.headers, disabled),
            "deleted": (deleted.headers, deleted),
            "lost group": (lost.headers, self.victim),
        }
        self.disabled = disabled

    def short_lived(self) -> Key:
        """A key that has expired."""
        soon = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
        key = Key.of(self.provoking.operators.expect(201, None, "POST", "/v1/delegates", body={"expires": soon}))
        wait_until(
            lambda: self.public.send("GET", "/api/v1/check", headers=key.headers).status_code == 401, 10, "a key has expired"
        )
        return key

    def make_group(self, label: str, member: Key) -> Key:
        operate = self.provoking.operate
        operate(201, "POST", "/v1/groups", {"label": label})
        operate(204, "PUT", "/v1/groups/{label}/members/{name}", label=label, name=member.name)
        return Key.of(operate(201, "POST", "/v1/groups/{label}/keys", label=label))

    def publish(self, key: Key) -> None:
        self.public.expect(
            200, None, "POST", "/update", headers=key.headers, body={"subdomain": key.subdomain, "txt": CHALLENGE_VALUE}
        )

    # MARK: One operation

    def compare(self, method: str, path: str, operation: Json) -> None:
        answers = [self.ask(401, "forbidden", method, path, headers, sent_for) for headers, sent_for in self.refused.values()]
        # The answer does not tell which of them it was.
        forms = {(answer.text, *sorted(line for line in answer.headers.items() if line[0] != "Date")) for answer in answers}
        self.provoking.note_equal(f"{method} {path}: forms of 401", len(forms), 1)
        said = [", ".join(self.refused) + " 401", "foreign " + self.foreign(method, path)]
        if path in UPDATES:
            said.append("group " + self.group_updates(path))
        elif path.startswith(NAMING):
            said.append("group " + self.group_domains(method, path))
        elif "403" in operation["responses"]:
            self.ask(403, "group_key", method, path, self.group.headers, self.victim)
            said.append("group 403")
        else:
            self.ask(200, None, method, path, self.group.headers, self.victim)
            said.append("group 200")
        good = next(int(status) for status in operation["responses"] if status.startswith("2"))
        for headers_of in (lambda key: key.headers, lambda key: basic(key.user, key.password)):
            own = self.provoking.enrol()
            if method == "DELETE" and "{id}" in path:  # the last one cannot be ended
                self.provoking.operate(201, "POST", "/v1/delegates/{name}/keys", name=own.name)
            if path == DOCTOR or (method == "DELETE" and "{domain}" in path):
                self.declare(own)
            self.ask(good, None, method, path, headers_of(own), own)
        # Basic does not count beside one of the other headers.
        own = self.provoking.enrol()
        self.ask(401, "forbidden", method, path, basic(own.user, own.password) | {"X-Api-User": own.user}, own)
        said.append(f"own {good}")
        print(f"{method} {path}: " + "; ".join(said))

    def ask(
        self, status: int, error: str | None, method: str, path: str, headers: dict[str, str], sent_for: Key, **more: object
    ) -> requests.Response:
        query = {"subdomain": str(more["subdomain"])} if path.startswith(NAMING) and "subdomain" in more else {}
        if path == DOCTOR:
            query["domain"] = "example.com"
        body: Json | None = {} if method == "PATCH" else None
        if path in UPDATES:
            body = {"subdomain": sent_for.subdomain, "txt": CHALLENGE_VALUE} | more
        return self.public.expect_of(
            self.public.schema[path][method],
            status,
            error,
            method,
            path,
            headers=headers,
            body=body,
            parameters={"id": sent_for.user},
            query=query,
        )

    def foreign(self, method: str, path: str) -> str:
        """A good key of another delegate: refused if the request names a delegate, and otherwise good for its own alone."""
        other = self.provoking.enrol()
        if path in UPDATES:
            self.ask(401, "forbidden", method, path, other.headers, self.victim)
            return "401"
        if path.startswith(NAMING):
            self.ask(401, "forbidden", method, path, other.headers, self.victim, subdomain=self.victim.subdomain)
            return "401"
        if "{id}" in path:
            self.ask(404, "no_such_key", method, path, other.headers, self.victim)
            return "404"
        return "-"

    def declare(self, key: Key) -> None:
        self.provoking.operate(204, "PUT", "/v1/delegates/{name}/domains/{domain}", name=key.name, domain="example.com")

    def group_domains(self, method: str, path: str) -> str:
        """A group's key keeps the domains of the delegate that it names."""
        stranger = self.provoking.enrol()
        self.declare(self.victim)
        good = 200 if method == "GET" else 204
        for status, error, subdomain in (
            (400, "bad_subdomain", {}),
            (400, "bad_subdomain", {"subdomain": ""}),
            (401, "forbidden", {"subdomain": stranger.subdomain}),
            (good, None, {"subdomain": self.victim.subdomain.upper()}),
        ):
            self.ask(status, error, method, path, self.group.headers, self.victim, **subdomain)
        return f"{good}/400/401"

    def group_updates(self, path: str) -> str:
        stranger = self.provoking.enrol()
        for status, error, sent_for, body in (
            (200, None, self.victim, {}),
            (200, None, self.victim, {"subdomain": self.victim.subdomain.upper()}),
            (400, "bad_subdomain", self.victim, {"subdomain": ""}),
            (400, "bad_subdomain", self.victim, {"subdomain": None}),
            (400, "bad_txt", self.victim, {"txt": "short"}),
            (401, "forbidden", stranger, {}),
            (401, "forbidden", self.victim, {"subdomain": self.victim.name}),
        ):
            self.ask(status, error, "POST", path, self.group.headers, sent_for, **body)
        return "200/400/401"

    # MARK: What is left

    def look_back(self) -> None:
        """None of it has changed the delegate, and the disabled delegate is as it was."""
        provoking, operate = self.provoking, self.provoking.operate
        shown = self.public.expect(200, None, "GET", "/api/v1/delegate", headers=self.victim.headers)
        left = shown["state"], [key["id"] for key in shown["keys"]], len(shown["value_ages_seconds"])
        provoking.note_equal("the delegate that others wanted", left, ("active", [self.victim.user], 1))

        operate(204, "PUT", "/v1/groups/{label}/members/{name}", label="group", name=self.disabled.name)
        update = {"subdomain": self.disabled.subdomain, "txt": CHALLENGE_VALUE}
        self.public.expect(401, "forbidden", "POST", "/update", headers=self.group.headers, body=update)
        check = self.public.expect(200, None, "GET", "/api/v1/check", headers=self.group.headers)
        wanted = ("group", sorted([self.victim.name, self.disabled.name]))
        provoking.note_equal("what a group's key is good for", (check["group"], check["delegates"]), wanted)
        keys = operate(200, "GET", "/v1/delegates/{name}/keys", name=self.disabled.name)["keys"]
        provoking.note_equal("the key of a disabled delegate", [key["state"] for key in keys], ["disabled"])
        operate(204, "POST", "/v1/delegates/{name}/enable", name=self.disabled.name)
        self.public.expect(200, None, "POST", "/update", headers=self.group.headers, body=update)
        operate(204, "DELETE", "/v1/groups/{label}/members/{name}", label="group", name=self.disabled.name)
        self.public.expect(401, "forbidden", "POST", "/update", headers=self.group.headers, body=update)
        self.publish(self.disabled)

        told = self.public.expect(200, None, "GET", "/api/v1/history", headers=self.disabled.headers)["events"]
        events = {(event["event"], event["actor"].split()[0]) for event in told}
        missing = {
            ("enrolled", "operator"),
            ("disabled", "operator"),
            ("enabled", "operator"),
            ("member_added", "operator"),
            ("member_removed", "operator"),
            ("published", "key"),
        }
        provoking.note_equal("events of the history that are missing", missing - events, set())
