"""The cost of a query, the number of queries a second that can be answered, and the time that each waits at half of that.

The servers run at the same time, all on one processor; one of them is asked at a time, from the other processor. The
servers alternate within a round, and each figure is the median of all rounds.
"""

import itertools
from functools import partial
from typing import Any

from Interop.bench.answer_verification import verify
from Interop.bench.contenders import AcmeDns, Contender, Echo, Knot, Nsd, Nuncio
from Interop.bench.load import Measurement, Outcome, ask, dnsperf, measure
from Interop.bench.results import Goal, Results, Table, median
from Interop.bench.workshop import Workshop

# A case is a kind of query and the way it is sent: over UDP, over TCP on connections that stay, over TCP with a connection for
# each query (“tcp1”), over TLS on connections that stay, and over UDP as fast as our own client can (“flood”).
ANSWERING_CASES = [
    "udp txt",
    "udp nodata",
    "udp nxdomain",
    "udp caa",
    "udp mixed",
    "udp do",
    "flood txt",
    "tcp txt",
    "tcp1 txt",
    "tls txt",
]
QUICK_CASES = ["udp txt", "udp nxdomain", "flood txt", "tcp txt", "tcp1 txt", "tls txt"]
WAITING = ["udp", "tcp", "tls"]
MOST_WAITING_ROUNDS = 3

CPU_LIMITS = {"udp txt": 0.9, "tcp txt": 1.2, "tcp1 txt": 1.2, "tls txt": 1.2}
PEERS = ("nuncio", "nsd", "knot")


class Answering:
    def __init__(self, workshop: Workshop, results: Results, count: int, cases: list[str], rounds: int, seconds: float) -> None:
        self._workshop, self._results, self._count = workshop, results, count
        self._cases, self._rounds, self._seconds = cases, rounds, seconds
        self._queries = workshop.queries(count)
        self._found: dict[str, list[Measurement]] = {case: [] for case in cases}

    def run(self) -> None:
        kinds: list[type[Contender]] = [Nuncio, Nsd, Knot, Echo] + ([AcmeDns] if self._workshop.acme_dns else [])
        servers: list[Contender] = []
        for kind in kinds:
            self._workshop.progress(f"starting {kind.name} with {self._count:,} delegates")
            servers.append(kind(self._workshop, self._count, "answering").start_pinned())
        octets = {server.name: verify(server) for server in servers if server.answers}
        self._results.raw["response octets"] = octets
        for case in self._cases:
            self._warm(case, servers)
        for round_ in range(1, self._rounds + 1):
            self._workshop.progress(f"answering, round {round_} of {self._rounds}: {len(self._cases)} cases")
            for case, server in itertools.product(self._cases, servers):
                if takes_part(server, case):
                    self._found[case].append(measure(server, round_, partial(self._send, server, case, self._seconds)))
        self._results.raw["answering"] = {case: [one.raw() for one in found] for case, found in self._found.items()}
        self._tell(servers, octets)
        self._waiting([server for server in servers if server.answers])
        for server in reversed(servers):
            server.stop()

    def _send(self, server: Contender, case: str, seconds: float) -> Outcome:
        way, kind = case.split()
        asked = "txt" if kind == "do" else kind
        if way in ("flood", "tcp1"):
            return ask(server, self._queries.octets(asked), asked, "udp" if way == "flood" else "tcp", seconds)
        return dnsperf(server, self._queries.text(asked), kind, way, seconds)

    def _warm(self, case: str, servers: list[Contender]) -> None:
        self._workshop.progress(f"answering, warming up: {case}")
        for server in servers:
            if takes_part(server, case):
                self._send(server, case, 0.5)

    def _tell(self, servers: list[Contender], octets: dict[str, dict[str, int]]) -> None:
        table = Table(
            f"Server CPU for a query, in µs, and queries/s at saturation; {self._count:,} delegates, {self._rounds} rounds of "
            f"{self._seconds:g} s",
            ["case", "server", "µs", "less floor", "busy", "to knot", "to nsd", "queries/s", "octets"],
            note="“Less floor”: without what the bare echo loop takes in the same round. “To knot”: the ratio in the same "
            "round.\n“Busy” below 95 %: the client was the slower one, and queries/s are the client's.",
        )
        for case in self._cases:
            for server in servers:
                if takes_part(server, case):
                    table.rows.append(self._row(case, server.name))
            if case in CPU_LIMITS:
                self._judge(case)
        self._results.tables.append(table)

    def _of(self, case: str, name: str) -> list[Measurement]:
        return [one for one in self._found[case] if one.server == name]

    def _ratio(self, case: str, name: str, peer: str) -> float | None:
        """The median of each round's ratio: what slows a whole round down does not show in it."""
        pairs = list(zip(self._of(case, name), self._of(case, peer), strict=False))
        return median(one.microseconds / other.microseconds for one, other in pairs) if pairs else None

    def _row(self, case: str, name: str) -> list[str]:
        found = self._of(case, name)
        floor = self._of("flood txt" if case.startswith("flood") else "udp txt", "echo") if case[0] in "uf" else []
        above = ""
        if floor:
            above = f"{median(one.microseconds - bare.microseconds for one, bare in zip(found, floor, strict=True)):.2f}"
        ratios = [self._ratio(case, name, peer) for peer in ("knot", "nsd")]
        return [
            case,
            name,
            f"{median(one.microseconds for one in found):.2f}",
            above if name != "echo" else "",
            f"{median(one.busy for one in found):.0%}",
            *("" if ratio is None else f"{ratio:.3f}" for ratio in ratios),
            f"{median(one.rate for one in found):,.0f}",
            f"{median(one.response_octets for one in found):.0f}",
        ]

    def _judge(self, case: str) -> None:
        ratio, note, peer = self._ratio(case, "nuncio", "knot"), "", "Knot"
        if ratio is None:
            ratio, peer, note = self._ratio(case, "nuncio", "nsd"), "NSD", "Debian's Knot 3.2 has no DNS over TLS"
        if ratio is not None:
            self._results.goals.append(Goal(f"CPU per query, {case}, ratio to {peer}", ratio, CPU_LIMITS[case], note=note))

    def _waiting(self, servers: list[Contender]) -> None:
        """The rate is the same for all: half of what the slowest of nuncio, NSD and Knot reached in this run."""
        table = Table(
            "Time from query to response at half load, TXT, in µs",
            ["transport", "server", "queries/s", "p50", "p99"],
            note="The same rate for all: half of what the slowest of nuncio, NSD and Knot answered; for acme-dns half of "
            "what it did.",
        )
        raw = self._results.raw["waiting"] = []
        for way in WAITING:
            case = f"{way} txt"
            if case not in self._cases:
                continue
            rates = {
                server.name: median(one.rate for one in self._of(case, server.name))
                for server in servers
                if takes_part(server, case)
            }
            common = min(rate for name, rate in rates.items() if name in PEERS) / 2
            self._workshop.progress(f"time to response at half load over {way}: {common:,.0f} queries/s")
            rounds = [
                self._wait(server, way, common if server.name in PEERS else rates[server.name] / 2)
                for _ in range(min(MOST_WAITING_ROUNDS, self._rounds - 1) or 1)
                for server in servers
                if server.name in rates
            ]
            raw += rounds
            for name in rates:
                own = [one for one in rounds if one["server"] == name]
                table.rows.append([way, name, *(f"{median(one[key] for one in own):,.0f}" for key in ("rate", "p50", "p99"))])
        if table.rows:
            self._results.tables.append(table)

    def _wait(self, server: Contender, way: str, rate: float) -> dict[str, Any]:
        outcome = dnsperf(server, self._queries.text("txt"), "txt", way, self._seconds, rate=rate, with_latencies=True)
        times = outcome.latencies
        return {
            "server": server.name,
            "transport": way,
            "rate": outcome.rate,
            "lost": outcome.lost,
            "p50": times[len(times) // 2] * 1e6,
            "p99": times[len(times) * 99 // 100] * 1e6,
        }


def takes_part(server: Contender, case: str) -> bool:
    way, kind = case.split()
    transport = {"flood": "udp", "tcp1": "tcp"}.get(way, way)
    return transport in server.transports and ("txt" if kind == "do" else kind) in server.kinds
