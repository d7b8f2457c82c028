"""The cost of finding out whose credential a request has."""

from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection

from Interop.bench.contenders import Nuncio
from Interop.bench.publishing import Publisher
from Interop.bench.results import Results, Table, median
from Interop.bench.workshop import Workshop
from Interop.bench.wrk import CONNECTIONS, wrk
from Interop.patience import ANSWER_WITHIN
from Interop.processes import LabError


@dataclass(frozen=True)
class Kind:
    """A kind of request, and the status of its response. With a body it is a POST."""

    name: str
    path: str
    status: int
    has_credential: bool = True
    is_wrong: bool = False
    body: str = ""


NOBODY = Kind("none, and nothing is there", "/nothing", 404, has_credential=False)
# The value of this update is refused after the key is accepted, so that nothing is changed.
NO_UPDATE = Kind("a right one, an update without a value", "/update", 400, body='{"subdomain":"LABEL","txt":"no value"}')
CHECK = Kind("a right one, “check”", "/api/v1/check", 200)
KINDS = (NOBODY, NO_UPDATE, CHECK, Kind("a wrong key, “check”", "/api/v1/check", 401, is_wrong=True))


class Authenticating:
    def __init__(self, workshop: Workshop, results: Results, publisher: Publisher, rounds: int, seconds: float) -> None:
        self._workshop, self._results, self._publisher = workshop, results, publisher
        self._rounds, self._seconds = rounds, round(seconds)

    def run(self, server: Nuncio) -> None:
        self.verify(server)
        found: dict[Kind, list[float]] = {kind: [] for kind in KINDS}
        for round_ in range(1, self._rounds + 1):
            self._workshop.progress(f"credentials, round {round_} of {self._rounds}")
            for kind in KINDS:
                found[kind].append(self.microseconds(server, kind))
        table = Table(
            f"CPU for an HTTP request by its credential, {CONNECTIONS} connections, {self._rounds} rounds of {self._seconds} s",
            ["credential", "µs", "least", "most", "beyond none"],
        )
        for kind, figures in found.items():
            beyond = median(figure - floor for figure, floor in zip(figures, found[NOBODY], strict=True))
            table.rows.append(
                [kind.name, *(f"{figure:.1f}" for figure in (median(figures), min(figures), max(figures), beyond))]
            )
        self._results.tables.append(table)
        self._results.raw["credentials"] = {kind.name: figures for kind, figures in found.items()}

    def verify(self, server: Nuncio) -> None:
        """Raises unless one request of each kind gets the status that it should: wrk only counts errors."""
        with self._publisher.credentials.open() as file:
            user, key, label = file.readline().split()
        for kind in KINDS:
            headers = {"Content-Type": "application/json"} if kind.body else {}
            if kind.has_credential:
                headers |= {"X-Api-User": user, "X-Api-Key": key[::-1] if kind.is_wrong else key}
            connection = HTTPConnection("127.0.0.1", server.http_port, timeout=ANSWER_WITHIN)
            with closing(connection):
                body = kind.body.replace("LABEL", label)
                connection.request("POST" if body else "GET", kind.path, body or None, headers)
                status = connection.getresponse().status
            if status != kind.status:
                raise LabError(f"{kind.name}: {server.program} answers {status}, not {kind.status}")

    def microseconds(self, server: Nuncio, kind: Kind) -> float:
        """The time of all the server's threads for a request."""
        environment = {
            "WRONG": "1" if kind.is_wrong else "",
            "BODY": kind.body,
            "CREDENTIALS": str(self._publisher.credentials) if kind.has_credential else "",
        }
        before = server.cpu_nanoseconds()
        counted = wrk(server, "ask.lua", kind.path, environment, self._seconds)
        taken = server.cpu_nanoseconds() - before
        expected = counted["requests"] if kind.status >= 400 else 0
        if not counted["requests"] or counted["failed"] or counted["refused"] != expected:
            raise LabError(f"{kind.name}: {counted}, and {expected} were to be refused")
        return taken / 1000 / int(counted["requests"])
