"""The refusals of the public API that do not depend on the client: limits, what is too large, other methods, trouble."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

from Interop.accounts import CHALLENGE_VALUE
from Interop.openapi.provoking import METHODS, TOO_LARGE, TOO_LONG, UNKNOWN, Door, Json, Key, Provoking
from Interop.processes import wait_until

WRONG = Key(UNKNOWN, "0" * 40)
NARROW = {
    "NUNCIO_LIMITS_EXEMPT": "",
    "NUNCIO_REGISTRATION_LIMIT_PER_HOUR": "1",
    "NUNCIO_LIMITS_FAILURES_PER_MINUTE": "1",
    "NUNCIO_LIMITS_UPDATES_PER_HOUR": "1",
}
# An account as acme-dns keeps it, and its key.
IMPORTED = Key("5a3f2cbe-9c54-4c0e-a7ac-9e3a53a49c29", "AU3aQFCAcbQnVvvVhntZj0C5-REYDgaZelOb73-V", subdomain="imported")
BCRYPT = "$2a$10$/wfCVwUU3qsgTfc98XzHqu2F.8C7ezCnWLIQU3jg9VZpWIuAs3H.i"


def provoke(provoking: Provoking) -> None:
    import_from_acme_dns(provoking)
    provoking.serve({})
    busy(provoking)
    large_and_malformed(provoking)
    methods_and_no_key(provoking)
    domains(provoking)
    provoking.serve(NARROW)
    limits(provoking)


def large_and_malformed(provoking: Provoking) -> None:
    public = provoking.public
    key = Key.of(public.expect(201, None, "POST", "/register"))
    public.expect(401, "forbidden", "GET", "/api/v1/check", headers=key.headers | {"X-Api-Key": "wrong"})
    wait_until(lambda: "refused" in str(history(public, key)), 5, "the refusal is in the history")
    for method, path, body in (
        ("POST", "/register", TOO_LARGE),
        ("POST", "/api/v1/keys", TOO_LARGE),
        ("POST", "/update", {"subdomain": key.subdomain, "txt": CHALLENGE_VALUE, **TOO_LARGE}),
    ):
        public.expect(413, "body_too_large", method, path, headers=key.headers, body=body)
    for method, path in (("GET", "/health"), ("POST", "/register"), ("GET", "/api/v1/check"), ("DELETE", "/api/v1/delegate")):
        public.expect(400, "malformed_request", method, path, headers=TOO_LONG)


def history(public: Door, key: Key) -> Json:
    return public.expect(200, None, "GET", "/api/v1/history", headers=key.headers)


def methods_and_no_key(provoking: Provoking) -> None:
    public = provoking.public
    raw = public.schema.raw_schema
    for path, operations in raw["paths"].items():
        for method in (method for method in METHODS if method.lower() in operations):
            security = operations[method.lower()].get("security", raw["security"])
            if security and {} not in security:
                public.expect(401, "forbidden", method, path)
            else:
                public.expect(201 if method == "POST" else 200, None, method, path)
    public.refuse_other_methods()


def domains(provoking: Provoking) -> None:
    """Domains that come with a registration, or afterwards, until there are too many."""
    public = provoking.public
    for domain in ("*.example.com", "_acme-challenge.example.com", "192.0.2.1", "a_b.example.com", "ab--c.example"):
        public.expect(400, "invalid_domain", "POST", "/register", body={"domains": ["example.com", domain]})
    public.expect(400, "malformed_json_payload", "POST", "/register", body={"domains": "example.com"})
    many = [f"{number}.example.com" for number in range(101)]
    for domains in (many, many[:1] * 101):
        public.expect(409, "too_many_domains", "POST", "/register", body={"domains": domains})
    public.expect(201, None, "POST", "/register", body={"domains": many[:1] * 100})
    key = Key.of(public.expect(201, None, "POST", "/register", body={"domains": many[:100]}))
    one = "/api/v1/domains/{domain}"
    for status, error, method, domain in (
        (409, "too_many_domains", "PUT", "example.com"),
        (204, None, "PUT", "1.example.com"),
        (400, "invalid_domain", "PUT", "*.example.com"),
        (400, "invalid_domain", "DELETE", "*.example.com"),
        (404, "no_such_domain", "DELETE", "example.com"),
        (204, None, "DELETE", "1.EXAMPLE.com."),
        (204, None, "PUT", "example.com"),
    ):
        public.expect(status, error, method, one, headers=key.headers, parameters={"domain": domain})
    listed = public.expect(200, None, "GET", "/api/v1/domains", headers=key.headers)["domains"]
    provoking.note_equal("the first and the number of domains", (listed[0]["domain"], len(listed)), ("0.example.com", 100))
    doctor = "/api/v1/doctor"
    for status, error, query in (
        (400, "invalid_domain", {"domain": "*.example.com"}),
        (400, "invalid_choice", {"domain": "2.example.com", "wildcard": "2"}),
        (404, "no_such_domain", {"domain": "www.example.com"}),
    ):
        public.expect(status, error, "GET", doctor, headers=key.headers, query=query)
    public.expect(401, "forbidden", "GET", doctor, headers=WRONG.headers, query={"domain": "2.example.com"})
    diagnosis = public.expect(200, None, "GET", doctor, headers=key.headers, query={"domain": "2.example.com"})
    provoking.note_equal("the verdict on a domain without any name server", diagnosis["verdict"], "warning")


def limits(provoking: Provoking) -> None:
    public = provoking.public
    key = Key.of(public.expect(201, None, "POST", "/register"))
    public.expect(429, "too_many_registrations", "POST", "/register")
    update = {"subdomain": key.subdomain, "txt": CHALLENGE_VALUE}
    public.expect(200, None, "POST", "/update", headers=key.headers, body=update)
    public.expect(429, "too_many_updates", "POST", "/update", headers=key.headers, body=update)
    public.expect(204, None, "PUT", "/api/v1/domains/{domain}", headers=key.headers)
    public.expect(429, "too_many_changes", "PUT", "/api/v1/domains/{domain}", headers=key.headers)
    public.expect(204, None, "DELETE", "/api/v1/domains/{domain}", headers=key.headers)
    public.expect(401, "forbidden", "GET", "/api/v1/check", headers=WRONG.headers)
    for method, path in (("GET", "/api/v1/check"), ("DELETE", "/api/v1/values")):
        public.expect(429, "too_many_failures", method, path, headers=WRONG.headers)
    public.expect(429, "too_many_failures", "POST", "/update", headers=WRONG.headers, body=update)
    public.expect(200, None, "GET", "/api/v1/check", headers=key.headers)


# MARK: A key that came from acme-dns


def import_from_acme_dns(provoking: Provoking) -> None:
    """Imports an account of acme-dns 2.0.2."""
    provoking.serve({})  # this writes the configuration, and makes the storage
    provoking.stop()
    with sqlite3.connect(provoking.processes.directory / "acme-dns.db") as database:
        database.executescript("""
            CREATE TABLE acmedns(Name TEXT, Value TEXT);
            CREATE TABLE records(
                Username TEXT UNIQUE NOT NULL PRIMARY KEY, Password TEXT UNIQUE NOT NULL,
                Subdomain TEXT UNIQUE NOT NULL, AllowFrom TEXT);
            CREATE TABLE txt(Subdomain TEXT NOT NULL, Value TEXT NOT NULL DEFAULT '', LastUpdate INT);
            """)
        database.execute("INSERT INTO acmedns VALUES ('db_version', '1')")
        database.execute("INSERT INTO records VALUES (?, ?, ?, '[]')", (IMPORTED.user, BCRYPT, IMPORTED.subdomain))
    database.close()
    provoking.processes.run([provoking.program, "import", "acme-dns", "--config", "nuncio.yaml", "--database", "acme-dns.db"])


def busy(provoking: Provoking) -> None:
    """Of many slow keys at a time, four wait and the others are told to come back. Later the key is like any other."""
    public = provoking.public
    operation = public.schema["/api/v1/check"]["GET"]
    wrong = IMPORTED.headers | {"X-Api-Key": "wrong"}
    with ThreadPoolExecutor(16) as pool:
        responses = list(pool.map(lambda _: public.send("GET", "/api/v1/check", headers=wrong), range(16)))
    for response in responses:
        provoking.note("GET /api/v1/check: one of many", public.difference(operation, response, "/api/v1/check"))
    told = {(response.status_code, response.json()["error"]) for response in responses}
    provoking.note_equal("GET /api/v1/check: many at a time", told, {(401, "forbidden"), (503, "busy")})
    public.expect(200, None, "GET", "/api/v1/check", headers=IMPORTED.headers)
    provoking.note(
        "the history of what was imported", None if "imported" in str(history(public, IMPORTED)) else "it has no entry"
    )
