"""The cost of finding out whose credential a request has."""

from dataclasses import dataclass

from Interop.bench.contenders import Nuncio
from Interop.bench.publishing import Publisher
from Interop.bench.results import Results, Table, median
from Interop.bench.workshop import Workshop
from Interop.bench.wrk import CONNECTIONS, wrk
from Interop.processes import LabError


@dataclass(frozen=True)
class Kind:
    """A kind of request, and whether each one should get an error."""

    name: str
    path: str
    refused: bool
    has_credential: bool = True
    is_wrong: bool = False


NOBODY = Kind("none, and nothing is there", "/nothing", True, has_credential=False)
KINDS = (NOBODY, Kind("a right one", "/api/v1/check", False), Kind("a wrong key", "/api/v1/check", True, is_wrong=True))


class Authenticating:
    def __init__(self, workshop: Workshop, results: Results, publisher: Publisher, rounds: int, seconds: float) -> None:
        self._workshop, self._results, self._publisher = workshop, results, publisher
        self._rounds, self._seconds = rounds, round(seconds)

    def run(self, server: Nuncio) -> None:
        found: dict[Kind, list[float]] = {kind: [] for kind in KINDS}
        for round_ in range(1, self._rounds + 1):
            self._workshop.progress(f"credentials, round {round_} of {self._rounds}")
            for kind in KINDS:
                found[kind].append(self._microseconds(server, kind))
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

    def _microseconds(self, server: Nuncio, kind: Kind) -> float:
        """The time of all the server's threads for a request."""
        environment = {
            "WRONG": "1" if kind.is_wrong else "",
            "CREDENTIALS": str(self._publisher.credentials) if kind.has_credential else "",
        }
        before = server.cpu_nanoseconds()
        counted = wrk(server, "ask.lua", kind.path, environment, self._seconds)
        taken = server.cpu_nanoseconds() - before
        expected = counted["requests"] if kind.refused else 0
        if not counted["requests"] or counted["failed"] or counted["refused"] != expected:
            raise LabError(f"{kind.name}: {counted}, and {expected} were to be refused")
        return taken / 1000 / int(counted["requests"])
