"""Sends requests that no generator makes, and compares each response with its description: status, headers, type and body."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, Unpack

import requests
import schemathesis
from schemathesis import APIOperation
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import ignored_auth

from Interop.configured_server import ConfiguredServer
from Interop.patience import ANSWER_WITHIN
from Interop.processes import Processes

UNKNOWN = "00000000-0000-4000-8000-000000000000"
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")
# The names that a path gets unless others are given.
NOWHERE = {"id": UNKNOWN, "token": "none", "name": "unknown", "label": "unknown", "zone": "unknown", "domain": "example.com"}
TOO_LARGE = {"padding": "x" * 8192}
TOO_LONG = {"X-Padding": "x" * 16384}


Json = dict[str, Any]
Operation = APIOperation[Any, Any, Any, Any]


class Options(TypedDict, total=False):
    """The parts of a request: `parameters` are the names in the path, and `body` is sent as JSON."""

    parameters: Mapping[str, str]
    query: Mapping[str, str | int]
    headers: Mapping[str, str]
    body: object


class Door:
    """One of the two APIs, as described and as served."""

    def __init__(self, description: Path, note: Callable[[str, str | None], None]) -> None:
        self.schema = schemathesis.openapi.from_path(description)
        self.note = note
        self.url = ""
        # Sent with each request that does not override them.
        self.headers: dict[str, str] = {}

    def expect(self, status: int, error: str | None, method: str, path: str, **options: Unpack[Options]) -> Json:
        """Sends a request to an operation, whose path is as in the description. Returns the body of the response."""
        response = self.expect_of(self.schema[path][method], status, error, method, path, **options)
        answer: Json = response.json() if response.content and not is_stream(response) else {}
        return answer

    def expect_of(
        self,
        operation: Operation,
        status: int,
        error: str | None,
        method: str,
        path: str,
        **options: Unpack[Options],
    ) -> requests.Response:
        """The same, with a response that the description has for another operation."""
        response = self.send(method, path, **options)
        answered = response.json().get("error") if response.content and not is_stream(response) and method != "HEAD" else None
        wrong = None
        if (response.status_code, answered) != (status, error if method != "HEAD" else None):
            wrong = f"{response.status_code} {response.text}"
        elif method != "HEAD":
            wrong = self.difference(operation, response, path, options.get("parameters"))
        self.note(f"{method} {path}: {status} {error or ''}".rstrip(), wrong)
        return response

    def send(self, method: str, path: str, **options: Unpack[Options]) -> requests.Response:
        body = options.get("body")
        headers = (
            self.headers
            | ({"Content-Type": "application/json"} if body is not None else {})
            | dict(options.get("headers") or {})
        )
        return requests.request(
            method,
            self.url + path.format_map(NOWHERE | dict(options.get("parameters") or {})),
            params=options.get("query"),
            headers=headers,
            timeout=ANSWER_WITHIN,
            data=json.dumps(body) if body is not None else None,
        )

    def difference(
        self,
        operation: Operation,
        response: requests.Response,
        path: str,
        parameters: Mapping[str, str] | None = None,
    ) -> str | None:
        """The difference from the description; whether the status is the right one is not known here."""
        named = {name: text for name, text in (NOWHERE | dict(parameters or {})).items() if f"{{{name}}}" in path}
        try:
            # Left out: ignored_auth sends each request again, without a key and with wrong ones. Some requests are the last
            # that a limit leaves, and some end what they are sent for. credentials.py compares the credentials one by one.
            # Also left out: not_a_server_error, which refuses any 503: here, a 503 may be the expected answer.
            operation.Case(path_parameters=named).validate_response(
                response, excluded_checks=[ignored_auth, not_a_server_error]
            )
        except FailureGroup as failures:
            return "\n".join(str(failure) for failure in failures.exceptions)
        return None

    def refuse_other_methods(self) -> None:
        """Each method that a path lacks is refused, with the list of those that it has. HEAD exists wherever GET does."""
        for path, operations in self.schema.raw_schema["paths"].items():
            described = [method for method in METHODS if method.lower() in operations]
            if "GET" in described:
                described.append("HEAD")
            for method in METHODS:
                if method in described:
                    continue
                operation = self.schema[path][described[0]]
                response = self.expect_of(operation, 405, "method_not_allowed", method, path)
                allowed = response.headers.get("Allow", "")
                self.note(f"{method} {path}: Allow", allowed if sorted(allowed.split(", ")) != sorted(described) else None)


def is_stream(response: requests.Response) -> bool:
    return response.headers.get("Content-Type") == "application/x-ndjson"


class Provoking:
    """Starts servers, and remembers the outcome of each comparison."""

    def __init__(self, public: Path, operators: Path, processes: Processes, program: str) -> None:
        self.processes = processes
        self.program = program
        # Each request, and what was wrong with the answer, or `None`.
        self.outcomes: list[tuple[str, str | None]] = []
        self.public = Door(public, self.note)
        self.operators = Door(operators, self.note)

    def serve(self, environment: dict[str, str]) -> ConfiguredServer:
        """Starts a server with these settings instead of the one before; the storage stays."""
        self.stop()
        server = ConfiguredServer(self.processes, self.program, environment)
        self.public.url, self.operators.url = server.url, server.operator_url
        self.operators.headers = {"Authorization": f"Bearer {server.operator_token}"}
        return server

    def stop(self) -> None:
        self.outcomes += [(complaint, "it must not") for complaint in self.processes.stop()]

    def note(self, what: str, wrong: str | None) -> None:
        self.outcomes.append((what, wrong))

    def note_equal(self, what: str, got: object, wanted: object) -> None:
        self.note(what, None if got == wanted else f"{got!r} instead of {wanted!r}")

    # Shared by most subjects.

    def enrol(self) -> "Key":
        """Enrols by the operator's API, which no mode and no limit holds back."""
        return Key.of(self.operators.expect(201, None, "POST", "/v1/delegates"))

    def operate(self, status: int, method: str, path: str, body: object = None, **parameters: str) -> Json:
        return self.operators.expect(status, None, method, path, parameters=parameters, body=body)


@dataclass(frozen=True)
class Key:
    """A credential as it was shown."""

    user: str
    password: str
    # Empty for a group's key.
    name: str = ""
    subdomain: str = ""

    @classmethod
    def of(cls, answer: Json) -> "Key":
        return cls(answer["username"], answer["password"], answer.get("fulldomain", ""), answer.get("subdomain", ""))

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Api-User": self.user, "X-Api-Key": self.password}


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
