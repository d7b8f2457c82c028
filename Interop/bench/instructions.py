"""Instructions in user space for a TXT query, counted by Callgrind: a figure that noise on the machine does not change.

A server gets N queries, and then 2 N. The difference, divided by N, leaves out what the server does by itself meanwhile.
NSD forks, and Callgrind takes no orders for a forked process: there it is two runs from start to end.
"""

import re
import time
from collections.abc import Iterable
from pathlib import Path

from Interop.bench.answer_verification import verify
from Interop.bench.contenders import Contender, Knot, Nsd, Nuncio
from Interop.bench.functions import Share, shares
from Interop.bench.load import dnsperf
from Interop.bench.results import Goal, Results, Table, number
from Interop.bench.workshop import Workshop
from Interop.processes import LabError

QUERIES = 10_000
RATE = 2_000  # a second: all servers can keep up under Valgrind, which makes them some fifty times slower
LIMIT, STRETCH = 4_200, 2_400


class Instructions:
    def __init__(self, workshop: Workshop, results: Results, count: int) -> None:
        self._workshop, self._results, self._count = workshop, results, count

    def run(self) -> None:
        table = Table(
            f"Instructions in user space for a TXT query over UDP; {self._count:,} delegates, {RATE:,} queries/s",
            ["server", "instructions", "to knot"],
        )
        found: dict[str, float] = {}
        profile: list[Share] = []
        kinds: tuple[type[Contender], ...] = (Nuncio, Nsd, Knot)
        for kind in kinds:
            self._workshop.progress(f"counting instructions of {kind.name}")
            if kind is Nsd:
                found[kind.name] = (self._whole_run(kind, 2) - self._whole_run(kind, 1)) / QUERIES
                continue
            server = self._started(kind, "callgrind")
            found[kind.name], dump = self._count_instructions(server)
            if kind is Nuncio:
                profile = shares(server.processes, dump, 2 * QUERIES)
            server.stop()
        for name, figure in found.items():
            table.rows.append([name, f"{figure:,.0f}", f"{figure / found[Knot.name]:.3f}"])
        self._results.tables += [table, *self._profile(profile)]
        self._results.goals.append(
            Goal("instructions per TXT query", found[Nuncio.name], LIMIT, note=f"stretch: {number(STRETCH)}")
        )
        self._results.raw["instructions"] = {"per query": found, "functions": [share.raw() for share in profile]}

    def _started(self, kind: type[Contender], purpose: str) -> Contender:
        server = kind(self._workshop, self._count, purpose)
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=callgrind.%p"]
        if isinstance(server, Nuncio):
            # Valgrind 3.19 ends at Swift's debug information in DWARF 5; the names of functions are elsewhere.
            stripped = server.folder / "nuncio"
            server.processes.run(["objcopy", "--strip-debug", str(self._workshop.nuncio), str(stripped)], seconds=60)
            server.program = stripped
            command = ["env", f"LD_PRELOAD={self._workshop.programs.main_queue()}", *command]
        server.start(before=command)
        verify(server)  # also does what only the first query does
        return server

    def _count_instructions(self, server: Contender) -> tuple[float, Path]:
        self._order(server, "--zero")
        self._answer(server, 1)
        once = self._dumped(server, 1)
        self._answer(server, 2)
        twice = self._dumped(server, 2)
        return (total([twice]) - total([once])) / QUERIES, twice

    def _whole_run(self, kind: type[Contender], times: int) -> int:
        server = self._started(kind, f"callgrind-{times}")
        self._answer(server, times)
        server.stop()
        return total(server.folder.glob("callgrind.*"))

    def _answer(self, server: Contender, times: int) -> None:
        queries = server.folder / "queries"
        if not queries.exists():
            lines = self._workshop.queries(self._count).text("txt").read_text().splitlines(keepends=True)
            queries.write_text("".join(lines[:QUERIES]))
        outcome = dnsperf(server, queries, "txt", "udp", times * QUERIES / RATE + 30, rate=RATE, times=times, pinned=False)
        if outcome.completed != times * QUERIES:
            raise LabError(f"{server.name} under Callgrind answered {outcome.completed} of {times * QUERIES} queries")
        time.sleep(0.5)  # the server's work after the last response

    def _order(self, server: Contender, order: str) -> None:
        # By process ID: other programs on this machine may run Callgrind too.
        said = server.processes.run(["callgrind_control", order, str(server.process.pid)], seconds=60)
        if "OK" not in said.output:
            raise LabError(f"Callgrind did not take the order {order}\n{said.output}{said.errors}")

    def _dumped(self, server: Contender, number_: int) -> Path:
        """Writes the counts since the last order, and starts from zero again."""
        self._order(server, "--dump")
        return server.folder / f"callgrind.{server.process.pid}.{number_}"

    def _profile(self, profile: list[Share]) -> list[Table]:
        groups: dict[str, int] = {}
        for share in profile:
            groups[share.group] = groups.get(share.group, 0) + share.instructions
        whole = sum(groups.values()) or 1
        grouped = Table(
            "Where nuncio's instructions go",
            ["group", "for a query", "share"],
            [
                [name, f"{instructions / (2 * QUERIES):,.0f}", f"{instructions / whole:.1%}"]
                for name, instructions in sorted(groups.items(), key=lambda group: -group[1])
            ],
        )
        most = Table(
            "Its functions with the most instructions of their own",
            ["function", "group", "for a query", "share"],
            [
                [
                    share.name[:100],
                    share.group,
                    f"{share.instructions / (2 * QUERIES):,.0f}",
                    f"{share.instructions / whole:.1%}",
                ]
                for share in profile[:20]
            ],
            note="Functions that the compiler put into others are counted with those.",
        )
        return [grouped, most]


def total(dumps: Iterable[Path]) -> int:
    counted = [re.search(r"^totals: (\d+)", dump.read_text(errors="replace"), re.MULTILINE) for dump in dumps]
    if not any(counted):
        raise LabError("Callgrind counted nothing")
    return sum(int(found.group(1)) for found in counted if found)
