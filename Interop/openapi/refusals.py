"""The refusals that no generated request meets, or that nothing compares: limits, what is too large, a registration that is closed,
other methods, and no key.

Each is provoked, and its response compared with the description: status, headers, content type and body.
"""

import json
from pathlib import Path

import requests
import schemathesis
from nuncio_server import NuncioServer
from processes import Processes, wait_until
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import ignored_auth

VALUE = "LPsIwTo7o8BoG0-vjCyGQGBWSVIPxI-i_X336eUOQZo"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
WRONG = {"X-Api-User": UNKNOWN, "X-Api-Key": "0" * 40}
TOO_LARGE = {"padding": "x" * 8192}
TOO_LONG = {"X-Padding": "x" * 16384}
NARROW = {
    "NUNCIO_LIMITS_EXEMPT": "",
    "NUNCIO_REGISTRATION_LIMIT_PER_HOUR": "1",
    "NUNCIO_LIMITS_FAILURES_PER_MINUTE": "1",
    "NUNCIO_LIMITS_UPDATES_PER_HOUR": "1",
}
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")
CLOSED = {"NUNCIO_REGISTRATION_MODE": "closed"}


class ConfiguredServer(NuncioServer):
    def __init__(self, processes: Processes, program: str, environment: dict[str, str]):
        self._environment = environment
        super().__init__(processes, program)

    def _prepare(self):
        command, _ = super()._prepare()
        return command, self._environment


class Refusals:
    def __init__(self, description: Path, processes: Processes, program: str):
        self._schema = schemathesis.openapi.from_path(description)
        self._processes = processes
        self._program = program
        self.outcomes: list[tuple[str, str | None]] = []

    def provoke_all(self):
        """Fills `outcomes`: what was provoked, and what was wrong with the answer, if anything was."""
        self._serve({})
        key = self._expect(201, None, "POST", "/register")
        self._expect(401, "forbidden", "GET", "/api/v1/check", headers=headers_of(key) | {"X-Api-Key": "wrong"})
        wait_until(lambda: "refused" in self._history(key), 5, "the refusal is in the history")
        self._expect(200, None, "GET", "/api/v1/history", headers=headers_of(key))
        for method, path, body in (
            ("POST", "/register", TOO_LARGE), ("POST", "/api/v1/keys", TOO_LARGE),
            ("POST", "/update", {"subdomain": key["subdomain"], "txt": VALUE, **TOO_LARGE}),
        ):
            self._expect(413, "body_too_large", method, path, headers=headers_of(key), body=body)
        for method, path in (
            ("GET", "/health"), ("POST", "/register"), ("GET", "/api/v1/check"), ("DELETE", "/api/v1/delegate"),
        ):
            self._expect(400, "malformed_request", method, path, headers=TOO_LONG)
        raw = self._schema.raw_schema
        for path, operations in raw["paths"].items():
            described = [method for method in METHODS if method.lower() in operations]
            for method in described:
                if operations[method.lower()].get("security", raw["security"]):
                    self._expect(401, "forbidden", method, path)
                else:
                    self._expect(201 if method == "POST" else 200, None, method, path)
            for method in METHODS:
                if method not in described:
                    response = self._expect_of(self._schema[path][described[0]], 405, "method_not_allowed", method, path)
                    allowed = response.headers.get("Allow", "")
                    self._note(f"{method} {path}: Allow", allowed if sorted(allowed.split(", ")) != sorted(described) else None)

        self._serve(NARROW)
        key = self._expect(201, None, "POST", "/register")
        self._expect(429, "too_many_registrations", "POST", "/register")
        update = {"subdomain": key["subdomain"], "txt": VALUE}
        self._expect(200, None, "POST", "/update", headers=headers_of(key), body=update)
        self._expect(429, "too_many_updates", "POST", "/update", headers=headers_of(key), body=update)
        self._expect(401, "forbidden", "GET", "/api/v1/check", headers=WRONG)
        for method, path in (("GET", "/api/v1/check"), ("DELETE", "/api/v1/values")):
            self._expect(429, "too_many_failures", method, path, headers=WRONG)
        self._expect(429, "too_many_failures", "POST", "/update", headers=WRONG, body=update)
        self._expect(200, None, "GET", "/api/v1/check", headers=headers_of(key))

        self._serve(CLOSED)
        self._expect(403, "registration_closed", "POST", "/register")

    def _serve(self, environment: dict[str, str]):
        self.outcomes += [(complaint, "it must not") for complaint in self._processes.stop()]
        self._url = ConfiguredServer(self._processes, self._program, environment).url

    def _expect(self, status: int, error: str | None, method: str, path: str, *, headers=None, body=None) -> dict:
        response = self._expect_of(self._schema[path][method], status, error, method, path, headers=headers, body=body)
        return response.json() if response.content else {}

    def _expect_of(
        self, operation, status: int, error: str | None, method: str, path: str, *, headers=None, body=None
    ) -> requests.Response:
        """Sends a request, and compares its response with those of an operation."""
        sent = {"Content-Type": "application/json"} if body is not None else {}
        response = requests.request(
            method, self._url + path.replace("{id}", UNKNOWN), headers=sent | (headers or {}), timeout=10,
            data=json.dumps(body) if body is not None else None)
        if method == "HEAD":
            error = None
        wrong = None
        if (response.status_code, response.json().get("error") if response.content else None) != (status, error):
            wrong = f"{response.status_code} {response.text}"
        elif method != "HEAD":
            try:
                identifier = {"id": UNKNOWN} if "{id}" in path else {}
                operation.Case(path_parameters=identifier).validate_response(response, excluded_checks=[ignored_auth])
            except FailureGroup as failures:
                wrong = "\n".join(str(failure) for failure in failures.exceptions)
        self._note(f"{method} {path}: {status} {error or ''}".rstrip(), wrong)
        return response

    def _history(self, key: dict) -> str:
        return requests.get(f"{self._url}/api/v1/history", headers=headers_of(key), timeout=10).text

    def _note(self, what: str, wrong: str | None):
        self.outcomes.append((what, wrong))


def headers_of(key: dict) -> dict[str, str]:
    return {"X-Api-User": key["username"], "X-Api-Key": key["password"]}
