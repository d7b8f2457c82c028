"""Registration tokens, good ones and others, sent in each possible way."""

import datetime
from collections.abc import Callable

from Interop.accounts import CHALLENGE_VALUE
from Interop.openapi.provoking import Json, Key, Provoking, basic
from Interop.processes import wait_until

TOKENS = {"NUNCIO_REGISTRATION_MODE": "token"}
BASES = ("", "/api/v1/acme-dns-compat")
Headers = dict[str, str]
# Paths, which follow a base, and headers.
WAYS: dict[str, tuple[str, Callable[[str], Headers]]] = {
    "path": ("/t/{token}/register", lambda token: {}),
    "X-Registration-Token": ("/register", lambda token: {"X-Registration-Token": token}),
    "Bearer": ("/register", lambda token: {"Authorization": f"Bearer {token}"}),
    "Basic password": ("/register", lambda token: basic("any", token)),
    "Basic user": ("/register", lambda token: basic(token, "")),
}


def provoke(provoking: Provoking) -> None:
    Registration(provoking).provoke()


class Registration:
    def __init__(self, provoking: Provoking) -> None:
        self.provoking = provoking
        self.public = provoking.public
        provoking.serve(TOKENS)
        self.good = self.make_token("good")
        self.refused = {
            "wrong": (401, "registration_token_needed", "0" * 40),
            "expired": (401, "registration_token_needed", self.short_lived_token()),
            "revoked": (401, "registration_token_needed", self.revoked_token()),
            "used up": (403, "registration_token_used_up", self.used_up_token()),
        }

    def provoke(self) -> None:
        for base in BASES:
            self.public.expect(401, "registration_token_needed", "POST", base + "/register")
            for way, (path, headers) in WAYS.items():
                self.compare(way, base + path, headers)
        self.order()
        self.prepared()
        self.one_url()
        self.in_open_mode()
        self.limits()
        self.in_closed_mode()

    def make_token(self, label: str, **more: object) -> str:
        made = self.provoking.operate(201, "POST", "/v1/tokens", {"label": label} | more)
        self.provoking.note_equal("the URL for clients", made["url"], f"{self.public.url}/t/{made['token']}/")
        return str(made["token"])

    def short_lived_token(self) -> str:
        end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
        token = self.make_token("short-lived", expires=end.strftime("%Y-%m-%dT%H:%M:%SZ"))
        wait_until(lambda: self.summary("short-lived")["state"] == "expired", 10, "a token has expired")
        return token

    def revoked_token(self) -> str:
        token = self.make_token("revoked")
        self.provoking.operate(204, "DELETE", "/v1/tokens/{label}", label="revoked")
        return token

    def used_up_token(self) -> str:
        token = self.make_token("used-up", quota=1)
        self.register(201, None, "/register", {"X-Registration-Token": token}, token)
        return token

    def summary(self, label: str) -> Json:
        tokens: list[Json] = self.provoking.operators.send("GET", "/v1/tokens").json()["tokens"]
        return next(token for token in tokens if token["label"] == label)

    def register(self, status: int, error: str | None, path: str, headers: Headers, token: str = "none") -> Json:
        return self.public.expect(status, error, "POST", path, headers=headers, parameters={"token": token})

    # MARK: Subjects

    def compare(self, way: str, path: str, headers: Callable[[str], Headers]) -> None:
        said = []
        before = self.summary("good")["used"]
        made = self.register(201, None, path, headers(self.good), self.good)
        self.provoking.note_equal(f"{path} ({way}): uses", self.summary("good")["used"], before + 1)
        base = path.removesuffix("/register").removesuffix("/t/{token}")
        self.provoking.note_equal(f"{path} ({way}): server_url", made["server_url"], f"{self.public.url}{base}/")
        said.append("good 201")
        for kind, (status, error, token) in self.refused.items():
            self.register(status, error, path, headers(token), token)
            said.append(f"{kind} {status}")
        print(f"POST {path} ({way}): " + ", ".join(said))

    def order(self) -> None:
        """Of several tokens only the first counts, in this order: the path, the header, Authorization."""
        wrong = "0" * 40
        header, bearer = WAYS["X-Registration-Token"][1], WAYS["Bearer"][1]
        needed = "registration_token_needed"
        for status, error, path, headers, token in (
            (201, None, "/t/{token}/register", header(wrong) | bearer(wrong), self.good),
            (401, needed, "/t/{token}/register", header(self.good) | bearer(self.good), wrong),
            (201, None, "/register", header(self.good) | bearer(wrong), "none"),
            (401, needed, "/register", header(wrong) | bearer(self.good), "none"),
            (401, needed, "/register", header(""), "none"),
            (401, needed, "/register", header(self.good + "x"), "none"),
            (401, needed, "/register", header(self.good.swapcase()), "none"),
            (401, needed, "/register", {"Authorization": f"Unknown {self.good}"}, "none"),
            (201, None, "/register", {"Authorization": f"bearer {self.good}"}, "none"),
        ):
            self.register(status, error, path, headers, token)

    def prepared(self) -> None:
        """Delegates that were prepared for a token are given out first, in their order, with the label in the history."""
        token = self.make_token("team")
        for name in ("team-1", "team-2"):
            self.provoking.operate(201, "POST", "/v1/delegates", {"name": name, "token": "team"})
        made = [self.register(201, None, "/t/{token}/register", {}, token) for _ in range(3)]
        self.provoking.note_equal("what was prepared", [answer["subdomain"] for answer in made[:2]], ["team-1", "team-2"])
        self.provoking.note_equal("what comes after it", len(made[2]["subdomain"]), 36)
        told = self.public.expect(200, None, "GET", "/api/v1/history", headers=Key.of(made[0]).headers)["events"]
        self.provoking.note_equal("the actor that took it over", told[0]["actor"], "token team")

    def one_url(self) -> None:
        """A client goes on at its URL after the token is no longer good."""
        token = self.make_token("one-url", quota=1)
        for base in BASES:
            if base:
                self.register(403, "registration_token_used_up", base + "/t/{token}/register", {}, token)
            else:
                key = Key.of(self.register(201, None, "/t/{token}/register", {}, token))
            self.public.expect(
                200,
                None,
                "POST",
                base + "/t/{token}/update",
                headers=key.headers,
                parameters={"token": token},
                body={"subdomain": key.subdomain, "txt": CHALLENGE_VALUE},
            )
            self.public.expect(200, None, "GET", base + "/t/{token}/health", parameters={"token": token})

    def in_open_mode(self) -> None:
        """A good token counts, and any other is as good as none."""
        self.provoking.serve({})
        for way, (path, headers) in WAYS.items():
            before = self.summary("good")["used"]
            self.register(201, None, path, headers(self.good), self.good)
            for _, _, token in self.refused.values():
                self.register(201, None, path, headers(token), token)
            self.provoking.note_equal(f"{path} ({way}) in open mode: uses", self.summary("good")["used"], before + 1)

    def limits(self) -> None:
        self.provoking.serve(TOKENS | {"NUNCIO_REGISTRATION_TOKEN_LIMIT_PER_HOUR": "1"})
        self.register(201, None, "/t/{token}/register", {}, self.good)
        self.register(429, "too_many_registrations", "/t/{token}/register", {}, self.good)
        self.provoking.serve(TOKENS | {"NUNCIO_LIMITS_EXEMPT": "", "NUNCIO_LIMITS_FAILURES_PER_MINUTE": "1"})
        self.register(401, "registration_token_needed", "/t/{token}/register", {})
        self.register(429, "too_many_failures", "/t/{token}/register", {})
        self.register(201, None, "/t/{token}/register", {}, self.good)

    def in_closed_mode(self) -> None:
        self.provoking.serve({"NUNCIO_REGISTRATION_MODE": "closed"})
        self.register(403, "registration_closed", "/register", {})
        for path, headers in WAYS.values():
            self.register(403, "registration_closed", path, headers(self.good), self.good)
