"""Cases of the operator's API that no made-up request reaches: no token, the socket, refusals by rules, the trace."""

import http.client
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dns.message
import dns.query
import jsonschema_rs
import requests

from Interop.configured_server import ConfiguredServer
from Interop.nuncio_server import ZONE
from Interop.openapi.provoking import METHODS, TOO_LARGE, TOO_LONG, Json, Key, Options, Provoking
from Interop.patience import ANSWER_WITHIN

MAXIMUM_MEMBERS = 1000
WORKERS = 8


def provoke(provoking: Provoking) -> None:
    server = provoking.serve({})
    tokens(provoking)
    too_large(provoking)
    provoking.operators.refuse_other_methods()
    rules(provoking)
    domains(provoking)
    rotation(provoking)
    full_group(provoking)
    reload(provoking)
    over_socket(provoking, server)
    trace(provoking, server)
    for number, body in enumerate(({}, {"key": "csk"}, {"algorithm": "ed25519"})):
        # With new keys, no change is under way.
        provoking.serve({"NUNCIO_DNSSEC_KEY_FOLDER": f"keys-{number}"})
        signing(provoking, body)


def tokens(provoking: Provoking) -> None:
    """Every operation asks for the token, and checks nothing else before it has it."""
    operators, raw = provoking.operators, provoking.operators.schema.raw_schema
    good = operators.headers["Authorization"]
    for path, operations in raw["paths"].items():
        for method in (method for method in METHODS if method.lower() in operations):
            for sent in ("", "Bearer", "Bearer wrong", good[:-1], good + "x", good.replace("Bearer", "Basic")):
                operators.expect(
                    401, "operator_token_needed", method, path, headers={"Authorization": sent}, body={"padding": 1}
                )
    for sent in (good.replace("Bearer", "bearer"), good.replace(" ", "  ")):
        operators.expect(200, None, "GET", "/v1/status", headers={"Authorization": sent})
    for headers, status, error in (({"Authorization": ""}, 401, "operator_token_needed"), ({}, 404, "not_found")):
        for path in ("/", "/v1", "/v1/unknown", "/v1/STATUS", "/register"):
            response = operators.send("GET", path, headers=headers)
            provoking.note_equal(f"GET {path}", (response.status_code, response.json()["error"]), (status, error))


def too_large(provoking: Provoking) -> None:
    for path, operations in provoking.operators.schema.raw_schema["paths"].items():
        for method in ("POST", "PATCH"):
            if "requestBody" in operations.get(method.lower(), {}):
                provoking.operators.expect(413, "body_too_large", method, path, body=TOO_LARGE)
    for method, path in (("GET", "/v1/status"), ("POST", "/v1/reload"), ("GET", "/v1/trace"), ("DELETE", "/v1/tokens/{label}")):
        provoking.operators.expect(400, "malformed_request", method, path, headers=TOO_LONG)


def signing(provoking: Provoking, body: Json) -> None:
    """A change of keys begins and is turned back, with refusals meanwhile.

    No resolver can be asked for the parent's DS here.
    """
    operators, operate = provoking.operators, provoking.operate
    path = "/v1/dnssec/{zone}/"

    def refused(status: int, error: str, action: str, body: object = None, zone: str = ZONE) -> None:
        operators.expect(status, error, "POST", path + action, parameters={"zone": zone}, body=body)

    for method, certificate in (("GET", ""), ("POST", "/renew"), ("POST", "/revoke")):
        operators.expect(404, "no_certificate", method, "/v1/certificate" + certificate)
    operate(200, "GET", "/v1/dnssec")
    for action in ("cancel", "confirm"):
        refused(409, "keys_not_changed", action)
        refused(404, "no_such_zone", action, zone="example.org")
    refused(404, "no_such_zone", "rollover", {}, zone="a..b")
    refused(400, "invalid_choice", "rollover", {"key": "any"})
    refused(400, "invalid_choice", "rollover", {"algorithm": "rsa"})
    refused(400, "malformed_json_payload", "rollover", [])
    refused(409, "keys_not_changed", "rollover", {"key": "zsk"})
    refused(409, "keys_not_changed", "rollover", {"algorithm": "ecdsap256sha256"})
    operate(200, "POST", path + "rollover", body, zone=ZONE)
    refused(409, "keys_not_changed", "rollover", body)
    refused(409, "keys_not_changed", "confirm")
    operate(200, "GET", "/v1/dnssec")
    operate(200, "POST", path + "cancel", zone=ZONE)
    operate(200, "GET", "/v1/dnssec")


def rules(provoking: Provoking) -> None:
    """Each code of each operation that depends on what exists, or on what was sent."""
    operators, operate = provoking.operators, provoking.operate
    for path in ("/v1/groups", "/v1/tokens"):
        operate(201, "POST", path, {"label": "rules"})
    first, deleted = provoking.enrol(), provoking.enrol()
    operate(204, "DELETE", "/v1/delegates/{name}", name=deleted.name)
    operate(200, "GET", "/v1/delegates/{name}", name=deleted.name)
    member = {"label": "rules", "name": first.name}
    operate(204, "PUT", "/v1/groups/{label}/members/{name}", **member)
    operate(204, "PUT", "/v1/groups/{label}/members/{name}", **member)
    operate(200, "GET", "/v1/delegates/{name}", name=first.name)
    operate(204, "DELETE", "/v1/groups/{label}/members/{name}", **member)
    past, no_time = {"expires": "2020-01-01T00:00:00Z"}, {"expires": "tomorrow"}
    new, name, label = "/v1/delegates", "/v1/delegates/{name}", "/v1/groups/{label}"
    cases: tuple[tuple[int, str, str, str, Options], ...] = (
        (409, "name_taken", "POST", new, {"body": {"name": first.subdomain.upper()}}),
        (409, "name_deleted", "POST", new, {"body": {"name": deleted.name}}),
        (409, "name_deleted", "POST", new, {"body": {"name": deleted.name, "prepared": True}}),
        (400, "invalid_name", "POST", new, {"body": {"name": "ns1"}}),
        (400, "invalid_name", "POST", new, {"body": {"name": "web.example.org"}}),
        (400, "invalid_name", "POST", new, {"body": {"name": f"a.b.{ZONE}"}}),
        (400, "invalid_label", "POST", new, {"body": {"name": "rules", "token": "no label"}}),
        (400, "invalid_allowfrom_cidr", "POST", new, {"body": {"allowfrom": ["192.0.2.1"]}}),
        (400, "invalid_expiry", "POST", new, {"body": past}),
        (400, "invalid_time", "POST", new, {"body": no_time}),
        (400, "malformed_json_payload", "POST", new, {"body": {"name": "rules", "prepared": True, "label": "web"}}),
        (404, "no_such_token", "POST", new, {"body": {"name": "rules", "token": "unknown"}}),
        (409, "group_taken", "POST", "/v1/groups", {"body": {"label": "RULES"}}),
        (409, "token_taken", "POST", "/v1/tokens", {"body": {"label": "Rules"}}),
        (400, "invalid_quota", "POST", "/v1/tokens", {"body": {"label": "more", "quota": 0}}),
        (400, "invalid_quota", "POST", "/v1/tokens", {"body": {"label": "more", "quota": 1_000_001}}),
        (400, "invalid_expiry", "POST", "/v1/tokens", {"body": {"label": "more"} | past}),
        (400, "invalid_time", "POST", "/v1/tokens", {"body": {"label": "more"} | no_time}),
        (400, "invalid_label", "POST", "/v1/tokens", {"body": {"label": ""}}),
        (404, "no_such_token", "DELETE", "/v1/tokens/{label}", {}),
        (400, "invalid_label", "DELETE", "/v1/tokens/{label}", {"parameters": {"label": "a%20b"}}),
        (404, "no_such_delegate", "GET", name, {}),
        (404, "no_such_delegate", "DELETE", name, {}),
        (404, "no_such_delegate", "DELETE", name, {"parameters": {"name": deleted.name}}),
        (404, "no_such_delegate", "POST", name + "/enable", {"parameters": {"name": deleted.name}}),
        (404, "no_such_delegate", "GET", name + "/keys", {"parameters": {"name": deleted.name}}),
        (404, "no_such_delegate", "POST", name + "/rotate", {"parameters": {"name": deleted.name}}),
        (400, "invalid_name", "GET", name, {"parameters": {"name": "a..b"}}),
        (409, "last_key", "DELETE", name + "/keys/{id}", {"parameters": {"name": first.name, "id": first.user}}),
        (404, "no_such_key", "DELETE", name + "/keys/{id}", {"parameters": {"name": first.name}}),
        (404, "no_such_key", "PATCH", name + "/keys/{id}", {"parameters": {"name": first.name}, "body": {}}),
        (404, "no_such_key", "PATCH", label + "/keys/{id}", {"parameters": {"label": "rules", "id": first.user}, "body": {}}),
        (404, "no_such_group", "GET", label, {}),
        (404, "no_such_group", "DELETE", label, {}),
        (404, "no_such_group", "POST", label + "/rotate", {}),
        (404, "no_such_group", "POST", label + "/keys", {}),
        (404, "no_such_group", "PUT", label + "/members/{name}", {"parameters": {"name": first.name}}),
        (404, "no_such_delegate", "PUT", label + "/members/{name}", {"parameters": {"label": "rules"}}),
        (404, "no_such_delegate", "DELETE", label + "/members/{name}", {"parameters": member}),
        (400, "invalid_choice", "GET", new, {"query": {"state": "good"}}),
        (400, "invalid_number", "GET", new, {"query": {"limit": "-1"}}),
        (400, "invalid_name", "GET", new, {"query": {"after": "a..b"}}),
        (400, "invalid_number", "GET", "/v1/audit", {"query": {"before": "x"}}),
        (400, "invalid_name", "GET", "/v1/audit", {"query": {"delegate": ""}}),
        (400, "invalid_number", "GET", "/v1/audit/verify", {"query": {"noted": "1:0"}}),
        (400, "invalid_name", "GET", "/v1/trace", {"query": {"name": "a..b"}}),
    )
    for status, error, method, path, more in cases:
        operators.expect(status, error, method, path, **more)

    verdict = operate(200, "GET", "/v1/audit/verify")
    for number, is_whole in ((verdict["number"], True), (verdict["number"] - 1, False)):
        noted = {"noted": f"{number}:{verdict['digest'].upper()}"}
        again = operators.expect(200, None, "GET", "/v1/audit/verify", query=noted)
        provoking.note_equal(f"the audit log with {'its' if is_whole else 'another'} digest", again["whole"], is_whole)


def domains(provoking: Provoking) -> None:
    """The domains of all delegates, in pages."""
    operators, operate = provoking.operators, provoking.operate
    first, second = provoking.enrol(), provoking.enrol()
    of_delegate, one = "/v1/delegates/{name}/domains", "/v1/delegates/{name}/domains/{domain}"
    for delegate in (first, second):
        for domain in ("b.test", "a.test", "A.test."):
            operate(204, "PUT", one, name=delegate.name, domain=domain)
        listed = operate(200, "GET", of_delegate, name=delegate.name)["domains"]
        provoking.note_equal("domains of a delegate", [domain["domain"] for domain in listed], ["a.test", "b.test"])
    cases: tuple[tuple[int, str, str, str, Options], ...] = (
        (400, "invalid_domain", "PUT", one, {"parameters": {"name": first.name, "domain": "*.test"}}),
        (400, "invalid_name", "PUT", one, {"parameters": {"name": "a..b", "domain": "a.test"}}),
        (404, "no_such_delegate", "PUT", one, {}),
        (404, "no_such_delegate", "GET", of_delegate, {}),
        (404, "no_such_delegate", "DELETE", one, {}),
        (404, "no_such_domain", "DELETE", one, {"parameters": {"name": first.name, "domain": "c.test"}}),
        (400, "invalid_choice", "GET", "/v1/domains", {"query": {"verdict": "good"}}),
        (400, "invalid_name", "GET", "/v1/domains", {"query": {"delegate": "a..b"}}),
        (400, "invalid_place", "GET", "/v1/domains", {"query": {"after": "a.test"}}),
        (400, "invalid_number", "GET", "/v1/domains", {"query": {"limit": "x"}}),
        (400, "invalid_choice", "GET", "/v1/delegates", {"query": {"domains": "x"}}),
    )
    for status, error, method, path, more in cases:
        operators.expect(status, error, method, path, **more)
    seen, after = [], None
    for _ in range(500):
        query: dict[str, str | int] = {"verdict": "unchecked", "limit": 3, **({"after": after} if after else {})}
        page = operators.expect(200, None, "GET", "/v1/domains", query=query)
        seen += [(domain["domain"], domain["delegate"]) for domain in page["domains"] if domain["domain"].endswith(".test")]
        if not (after := page.get("next")):
            break
    names = sorted([first.name, second.name])
    wanted = [(domain, name) for domain in ("a.test", "b.test") for name in names]
    provoking.note_equal("domains of two delegates, in pages", [pair for pair in seen if pair[1] in names], wanted)
    summaries = operators.expect(200, None, "GET", "/v1/delegates", query={"text": first.name, "domains": "true"})["delegates"]
    listed = [domain["domain"] for domain in summaries[0]["domain_list"]]
    provoking.note_equal("domains in the list of delegates", listed, ["a.test", "b.test"])
    doctor = "/v1/doctor"
    operators.expect(400, "invalid_domain", "GET", doctor, query={"domain": "*.test"})
    operators.expect(400, "invalid_name", "GET", doctor, query={"domain": "a.test", "delegate": "a..b"})
    diagnosis = operators.expect(200, None, "GET", doctor, query={"domain": "a.test", "delegate": first.name})
    provoking.note_equal("the verdict on a domain without any name server", diagnosis["verdict"], "warning")
    for domain in ("a.test", "b.test"):
        operate(204, "DELETE", one, name=second.name, domain=domain)


def rotation(provoking: Provoking) -> None:
    """The overlap, and the key for a prepared delegate."""
    operate = provoking.operate
    operate(201, "POST", "/v1/delegates", {"name": "rotation", "prepared": True})
    path = "/v1/delegates/{name}/rotate"
    first = Key.of(operate(201, "POST", path, {"label": "web", "overlap_seconds": None}, name="rotation"))
    second = Key.of(operate(201, "POST", path, {"overlap_seconds": 60}, name="rotation"))
    for key in (first, second):
        provoking.public.expect(200, None, "GET", "/api/v1/check", headers=key.headers)
    third = Key.of(operate(201, "POST", path, {"overlap_seconds": 0}, name="rotation"))
    for key, status, error in ((first, 401, "forbidden"), (second, 401, "forbidden"), (third, 200, None)):
        provoking.public.expect(status, error, "GET", "/api/v1/check", headers=key.headers)
    operate(201, "POST", "/v1/delegates/{name}/keys", name="rotation")
    provoking.operators.expect(409, "too_many_keys", "POST", "/v1/delegates/{name}/keys", parameters={"name": "rotation"})


def full_group(provoking: Provoking) -> None:
    """Several workers fill the group at the same time: a debug build answers them together."""
    operators = provoking.operators
    provoking.operate(201, "POST", "/v1/groups", {"label": "full"})

    def fill(number: int) -> None:
        with requests.Session() as session:
            session.headers.update(operators.headers)
            session.trust_env = False
            for index in range(number, MAXIMUM_MEMBERS + 1, WORKERS):
                session.post(
                    f"{operators.url}/v1/delegates", json={"name": f"member-{index}", "prepared": True}, timeout=ANSWER_WITHIN
                )
                if index < MAXIMUM_MEMBERS:
                    session.put(f"{operators.url}/v1/groups/full/members/member-{index}", timeout=ANSWER_WITHIN)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(fill, range(WORKERS)))
    last = {"label": "full", "name": f"member-{MAXIMUM_MEMBERS}"}
    operators.expect(409, "group_full", "PUT", "/v1/groups/{label}/members/{name}", parameters=last)
    provoking.operate(204, "PUT", "/v1/groups/{label}/members/{name}", label="full", name="member-0")
    shown = provoking.operate(200, "GET", "/v1/groups/{label}", label="full")
    provoking.note_equal("delegates of a full group", len(shown["delegates"]), MAXIMUM_MEMBERS)
    key = Key.of(provoking.operate(201, "POST", "/v1/groups/{label}/keys", label="full"))
    provoking.public.expect(200, None, "GET", "/api/v1/check", headers=key.headers)
    # The next page has what one page leaves out.
    seen, after, pages = [], None, 0
    while pages < 100:
        page = operators.expect(
            200, None, "GET", "/v1/delegates", query={"text": "member-", "limit": 400, **({"after": after} if after else {})}
        )
        seen += [delegate["name"] for delegate in page["delegates"]]
        pages += 1
        if not (after := page.get("next")):
            break
    provoking.note_equal("delegates in all pages", len(set(seen)), MAXIMUM_MEMBERS + 1)
    provoking.note_equal("delegates in two pages", len(seen) - len(set(seen)), 0)


def reload(provoking: Provoking) -> None:
    """A configuration that cannot hold, or needs a restart, changes nothing."""
    file = provoking.processes.directory / "nuncio.yaml"
    good = file.read_text()
    for wrong in ("nonsense: 1\n" + good, good.replace('listen: ["127.0.0.1:', 'listen: ["127.0.0.2:')):
        file.write_text(wrong)
        provoking.operators.expect(409, None, "POST", "/v1/reload")
    file.write_text(good)
    provoking.operate(200, "POST", "/v1/reload")


# MARK: The socket


class SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_WITHIN)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def over_socket(provoking: Provoking, server: ConfiguredServer) -> None:
    """The socket asks for no token, and lets only the server's own user in."""
    provoking.note_equal("mode of the socket", oct(server.operator_socket.stat().st_mode & 0o777), oct(0o600))
    connection = SocketConnection(server.operator_socket)
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        connection.request("GET", "/v1/status", headers=headers)
        response = connection.getresponse()
        status, text = response.status, response.read()
        provoking.note_equal("GET /v1/status at the socket", status, 200)
        provoking.note("GET /v1/status at the socket", mistake(provoking, "Status", json.loads(text)))
    connection.close()


def mistake(provoking: Provoking, schema: str, value: object) -> str | None:
    """The errors in a value for a schema of the description; `None` if there are none."""
    files = {"openapi.yaml": provoking.public, "openapi-operator.yaml": provoking.operators}
    registry = jsonschema_rs.Registry([(f"file:///{name}", door.schema.raw_schema) for name, door in files.items()])
    validator = jsonschema_rs.Draft202012Validator(
        {"$ref": f"file:///openapi-operator.yaml#/components/schemas/{schema}"}, registry=registry, validate_formats=True
    )
    return "\n".join(str(error) for error in validator.iter_errors(value)) or None


# MARK: The stream


def trace(provoking: Provoking, server: ConfiguredServer) -> None:
    """An empty line comes first, which says that the trace has begun; then one for each query at or below the name."""
    with requests.get(
        f"{server.operator_url}/v1/trace",
        params={"name": f"watched.{ZONE}"},
        headers=provoking.operators.headers,
        stream=True,
        timeout=ANSWER_WITHIN,
    ) as response:
        provoking.note_equal("GET /v1/trace: status", response.status_code, 200)
        provoking.note_equal("GET /v1/trace: Content-Type", response.headers["Content-Type"], "application/x-ndjson")
        lines = response.iter_lines(chunk_size=None)
        provoking.note_equal("GET /v1/trace: the first line", next(lines), b"")
        for name in (f"other.{ZONE}", f"a.watched.{ZONE}"):
            dns.query.udp(dns.message.make_query(name, "TXT"), "127.0.0.1", port=server.dns_port, timeout=ANSWER_WITHIN)
        line = json.loads(next(line for line in lines if line))
    provoking.note("GET /v1/trace: a line", mistake(provoking, "TraceLine", line))
    told = {field: line[field] for field in ("address", "transport", "name", "type", "rcode", "answers", "truncated", "lost")}
    wanted = {
        "address": "127.0.0.1",
        "transport": "udp",
        "name": f"a.watched.{ZONE}.",
        "type": "TXT",
        "rcode": "NXDOMAIN",
        "answers": 0,
        "truncated": False,
        "lost": 0,
    }
    provoking.note_equal("GET /v1/trace: what a line says", told, wanted)
