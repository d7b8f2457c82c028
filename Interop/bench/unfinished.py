"""Honest clients of the API beside 1,000 connections that never finish a handshake, or a request's head without TLS."""

import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass

from Interop.bench.accounting import MEBIBYTE
from Interop.bench.contenders import Contender
from Interop.bench.idle_connections import REQUEST, Kind, connected, open_connections, secured, trusting
from Interop.bench.results import Goal, Results, Table, median
from Interop.bench.workshop import Workshop
from Interop.processes import LabError

COUNT = 1_000
REQUESTS = 200
MOST_SLOWER = 1.25  # times as long as alone, the median request
ALONE = "alone"
CONDITIONS: dict[str, Kind | None] = {
    ALONE: None,
    "beside connections that send nothing": Kind.NOTHING,
    "that send a half": Kind.PART,
    "that send garbage": Kind.GARBAGE,
}


@dataclass
class Waited:
    """Milliseconds of new connections until the response, the longest one too, and octets of memory that the server has."""

    p50: float
    most: float
    resident: int


class Unfinished:
    def __init__(self, workshop: Workshop, results: Results, rounds: int) -> None:
        self._workshop, self._results, self._rounds = workshop, results, rounds

    def run(self, servers: Mapping[str, Contender]) -> None:
        found: dict[tuple[str, str], list[Waited]] = {}
        for round_ in range(1, self._rounds + 1):
            self._workshop.progress(f"beside {COUNT:,} unfinished connections, round {round_} of {self._rounds}")
            for name, server in servers.items():
                for condition, kind in CONDITIONS.items():
                    with open_connections(server, kind, COUNT) if kind else nullcontext():
                        found.setdefault((name, condition), []).append(honest(server))
        self._tell(found)

    def _tell(self, found: dict[tuple[str, str], list[Waited]]) -> None:
        table = Table(
            f"GET /health on {REQUESTS} new connections, one after the other, beside {COUNT:,} others",
            ["server, condition", "p50 ms", "most ms", "memory MiB"],
        )
        for (name, condition), runs in found.items():
            table.rows.append(
                [
                    f"{name}, {condition}",
                    f"{median(run.p50 for run in runs):.2f}",
                    f"{max(run.most for run in runs):.2f}",
                    f"{median(run.resident for run in runs) / MEBIBYTE:.0f}",
                ]
            )
            if condition != ALONE:
                alone = median(run.p50 for run in found[name, ALONE])
                ratio = median(run.p50 for run in runs) / alone
                self._results.goals.append(Goal(f"new request, {name}, {condition}, p50, to alone", ratio, MOST_SLOWER))
        self._results.tables.append(table)
        self._results.raw["unfinished"] = {
            f"{name}, {condition}": [asdict(run) for run in runs] for (name, condition), runs in found.items()
        }


def honest(server: Contender) -> Waited:
    context, times = trusting(), []
    for _ in range(REQUESTS):
        began = time.monotonic()
        with secured(server, connected(server), context) as connection:
            connection.sendall(REQUEST)
            response = connection.recv(4096)
        times.append((time.monotonic() - began) * 1000)
        if not response.startswith(b"HTTP/1.1 200"):
            raise LabError(f"{server.name} answered {response!r}")
    times.sort()
    return Waited(times[len(times) // 2], times[-1], server.memory().resident)
