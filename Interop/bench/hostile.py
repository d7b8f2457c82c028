"""The time that honest clients wait beside hostile TCP connections, and beside a flood of them."""

import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor

from Interop.bench.contenders import Nuncio
from Interop.bench.delegates_and_queries import ZONE, query
from Interop.bench.load import CONNECTIONS, Outcome, ask, dnsperf
from Interop.bench.results import Goal, Results, Table, median
from Interop.bench.workshop import Workshop
from Interop.loopback import ask_stream
from Interop.processes import LabError

HOSTILE = 900
NETWORKS = 90  # of loopback, from which hostile clients come
NEW_QUERIES = 200
MOST_MILLISECONDS = 100
UDP_RATE = 10_000
EARLIER = 0.3  # seconds by which the flood begins before the queries and ends after them

ALONE, BESIDE, FLOOD = "alone", f"beside {HOSTILE} hostile connections", "beside a flood of TCP connections"


# By their names; each condition has some of them.
Figures = dict[str, float]


class Hostile:
    def __init__(self, workshop: Workshop, results: Results, count: int, rounds: int, seconds: float) -> None:
        self._workshop, self._results, self._count = workshop, results, count
        self._rounds, self._seconds = rounds, seconds
        self._queries = workshop.queries(count)

    def run(self) -> None:
        server = Nuncio(self._workshop, self._count, "hostile").start_pinned()
        found: dict[str, list[Figures]] = {ALONE: [], BESIDE: [], FLOOD: []}
        for round_ in range(1, self._rounds + 1):
            self._workshop.progress(f"beside hostile connections, round {round_} of {self._rounds}")
            found[ALONE].append(self._honest(server))
            open_ = [self._hostile_connection(server, index) for index in range(HOSTILE)]
            found[BESIDE].append(self._honest(server))
            for connection in open_:
                connection.close()
            found[FLOOD].append(self._beside_flood(server))
        server.stop()
        self._results.raw["hostile"] = found
        self._tell(found)

    def _hostile_connection(self, server: Nuncio, index: int) -> socket.socket:
        """A third each: nothing, half a length, half a query after whole ones whose responses are not read."""
        connection = socket.create_connection(("127.0.0.1", server.port), 5, (f"127.0.{index % NETWORKS + 1}.1", 0))
        message = query(ZONE, "SOA")
        framed = struct.pack("!H", len(message)) + message
        connection.sendall((b"", b"\0", framed * 2 + framed[:-5])[index % 3])
        return connection

    def _honest(self, server: Nuncio) -> Figures:
        """New connections with one query each; and queries over UDP at a rate that leaves everybody time."""
        times = []
        for _ in range(NEW_QUERIES):
            began = time.monotonic()
            try:
                ask_stream(server.port, query(ZONE, "SOA"), 5, False)
            except (OSError, EOFError) as error:
                raise LabError(f"a query on a new TCP connection was not answered: {error!r}") from error
            times.append((time.monotonic() - began) * 1000)
        times.sort()
        return self._udp(server) | {"tcp_p50": times[len(times) // 2], "tcp_most": times[-1]}

    def _udp(self, server: Nuncio) -> Figures:
        outcome = dnsperf(server, self._queries.text("txt"), "txt", "udp", self._seconds, rate=UDP_RATE, with_latencies=True)
        each = outcome.latencies
        return {
            "udp_rate": outcome.rate,
            "udp_lost": outcome.lost,
            "udp_p50": each[len(each) // 2] * 1e6,
            "udp_p99": each[len(each) * 99 // 100] * 1e6,
        }

    def _beside_flood(self, server: Nuncio) -> Figures:
        """As many connections as possible, each for one query."""

        def flood() -> Outcome:
            return ask(server, self._queries.octets("txt"), "txt", "tcp", self._seconds + 2 * EARLIER)

        with ThreadPoolExecutor(1) as pool:
            flooded = pool.submit(flood)
            time.sleep(EARLIER)
            found = self._udp(server)
        return found | {"flood_rate": flooded.result().rate}

    def _tell(self, found: dict[str, list[Figures]]) -> None:
        table = Table(
            f"Honest clients beside hostile ones: new TCP connections, and {UDP_RATE:,} queries/s over UDP",
            [
                "condition",
                "TCP p50 ms",
                "TCP most ms",
                "UDP queries/s",
                "UDP lost",
                "UDP p50 µs",
                "UDP p99 µs",
                "connections/s",
            ],
            note=f"The flood: {CONNECTIONS} connections at a time, with a query each, from the processor from which the "
            "honest queries come; the server\nhas one thread for UDP and one for TCP, both on the other processor.",
        )
        for condition, runs in found.items():
            table.rows.append(
                [
                    condition,
                    shown(runs, "tcp_p50", ".2f"),
                    format(max(run["tcp_most"] for run in runs), ".2f") if "tcp_most" in runs[0] else "",
                    shown(runs, "udp_rate", ",.0f"),
                    str(sum(run["udp_lost"] for run in runs)),
                    shown(runs, "udp_p50", ",.0f"),
                    shown(runs, "udp_p99", ",.0f"),
                    shown(runs, "flood_rate", ",.0f"),
                ]
            )
        self._results.tables.append(table)
        self._results.goals += [
            Goal(
                f"new TCP query beside {HOSTILE} hostile connections, most, ms",
                max(run["tcp_most"] for run in found[BESIDE]),
                MOST_MILLISECONDS,
            ),
            Goal(
                "UDP queries lost beside hostile connections and a flood",
                sum(run["udp_lost"] for run in found[BESIDE] + found[FLOOD]),
                0,
            ),
        ]


def shown(runs: list[Figures], key: str, form: str) -> str:
    """The median of a figure; empty if the runs do not have it."""
    return format(median(run[key] for run in runs), form) if key in runs[0] else ""
