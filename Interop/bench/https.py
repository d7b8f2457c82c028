"""The cost of HTTPS: nuncio that speaks TLS, beside plain nuncio, and beside nginx in front of plain nuncio."""

import re
from dataclasses import asdict, dataclass

from Interop.bench.accounting import MEBIBYTE
from Interop.bench.contenders import Contender, Nuncio
from Interop.bench.idle_connections import Kind, open_connections
from Interop.bench.publishing import Publisher
from Interop.bench.results import Goal, Results, Table, median
from Interop.bench.secure_contenders import NginxAndNuncio, NuncioOverTLS
from Interop.bench.unfinished import Unfinished
from Interop.bench.workshop import Workshop
from Interop.processes import LabError

PLAIN, OVER_TLS, BEHIND_NGINX = "plain", "TLS", "nginx + plain"
KEPT_CONNECTIONS = 900
LEAST_SECONDS = 2  # wrk counts whole ones
# The most that a request may cost, of what nginx and plain nuncio take for it together.
GOALS = {"kept": 1.0, "closing": 0.7, "whole": 0.7}


@dataclass
class Cost:
    """Microseconds of a processor for an update, and updates a second, over kept connections and with one for each, where wrk
    resumes its TLS sessions; and for GET /health on a new connection with a whole handshake, where there is TLS."""

    kept: float
    kept_rate: float
    closing: float
    closing_rate: float
    whole: float
    whole_rate: float


class Https:
    def __init__(self, workshop: Workshop, results: Results, count: int, rounds: int, seconds: float) -> None:
        self._workshop, self._results, self._count = workshop, results, count
        self._rounds, self._seconds = rounds, max(round(seconds), LEAST_SECONDS)
        self._publisher = Publisher(workshop, count)

    def run(self) -> None:
        """All servers are on one processor, and wrk takes what it gets of both: its share is not theirs."""
        kinds: dict[str, type[Contender]] = {PLAIN: Nuncio, OVER_TLS: NuncioOverTLS, BEHIND_NGINX: NginxAndNuncio}
        servers = {name: kind(self._workshop, self._count, "https").start_pinned() for name, kind in kinds.items()}
        found: dict[str, list[Cost]] = {name: [] for name in servers}
        for server in servers.values():
            self._publisher.publish(server, 1)  # connections and caches
        for round_ in range(1, self._rounds + 1):
            self._workshop.progress(f"updates over HTTPS, round {round_} of {self._rounds}")
            for name, server in servers.items():
                found[name].append(self._cost(server))
        memory = {name: self._memory(server) for name, server in servers.items()}
        self._tell(found, memory)
        servers[BEHIND_NGINX].stop()
        Unfinished(self._workshop, self._results, self._rounds).run({name: servers[name] for name in (PLAIN, OVER_TLS)})
        for name in (PLAIN, OVER_TLS):
            servers[name].stop()

    def _cost(self, server: Contender) -> Cost:
        kept = self._publisher.publish(server, self._seconds)
        closing = self._publisher.publish(server, self._seconds, closing=True)
        whole = self._whole_handshakes(server) if server.scheme == "https" else (0.0, 0.0)
        return Cost(kept.cpu, kept.rate, closing.cpu, closing.rate, *whole)

    def _whole_handshakes(self, server: Contender) -> tuple[float, float]:
        """One client, one connection after the other: its own work is most of the time, but not of the server's."""
        command = ["openssl", "s_time", "-connect", f"127.0.0.1:{server.http_port}", "-new", "-www", "/health"]
        before = server.cpu_nanoseconds()
        output = server.processes.run([*command, "-time", str(self._seconds)], seconds=self._seconds + 20).output
        taken = server.cpu_nanoseconds() - before
        told = re.search(r"(\d+) connections in (\d+) real seconds, (\d+) bytes", output)
        if not told or not int(told[1]) or not int(told[3]):
            raise LabError(f"openssl s_time had no responses from {server.name}\n{output}")
        return taken / 1000 / int(told[1]), int(told[1]) / int(told[2])

    def _memory(self, server: Contender) -> tuple[int, int]:
        """Resident octets after the load, and with many connections that have been used and are kept."""
        before = server.memory().proportional
        with open_connections(server, Kind.USED, KEPT_CONNECTIONS):
            return before, server.memory().proportional

    def _tell(self, found: dict[str, list[Cost]], memory: dict[str, tuple[int, int]]) -> None:
        table = Table(
            f"HTTPS: POST /update, 64 connections, {self._rounds} rounds of {self._seconds} s",
            [
                "server",
                "kept µs",
                "updates/s",
                "closing µs",
                "updates/s",
                "whole µs",
                "memory MiB",
                f"with {KEPT_CONNECTIONS} connections",
            ],
            note="µs: CPU of all processes of the server for an update, over connections that are kept, and with one, and so\n"
            "a handshake, for each; wrk resumes TLS sessions. Whole: GET /health, each with a whole handshake. All of a\n"
            "server is on one processor. Memory: proportional (PSS).",
        )
        for name, runs in found.items():
            before, with_connections = memory[name]
            table.rows.append(
                [
                    name,
                    *(
                        format(median(getattr(run, figure) for run in runs), ",.0f")
                        for figure in ("kept", "kept_rate", "closing", "closing_rate", "whole")
                    ),
                    f"{before / MEBIBYTE:.0f}",
                    f"{with_connections / MEBIBYTE:.0f}",
                ]
            )
        self._results.tables.append(table)
        self._results.raw["https"] = {name: [asdict(run) for run in runs] for name, runs in found.items()}
        pairs = list(zip(found[OVER_TLS], found[BEHIND_NGINX], strict=True))
        for figure, limit in GOALS.items():
            ratio = median(getattr(one, figure) / getattr(other, figure) for one, other in pairs)
            self._results.goals.append(Goal(f"CPU of an HTTPS request, {figure}, to nginx and plain nuncio", ratio, limit))
