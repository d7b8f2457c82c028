"""This program beside an older one: updates, credentials, a large signed zone, and the commands on a large storage.

In each round both are measured, one after the other; which one comes first alternates.
"""

import os
from pathlib import Path

from Interop.bench.accounting import MEBIBYTE
from Interop.bench.answer_verification import verify
from Interop.bench.authenticating import CHECK, NO_UPDATE, NOBODY, Authenticating
from Interop.bench.beside import RATE, Beside
from Interop.bench.comparing import Comparison, Line, Side
from Interop.bench.contenders import Nuncio, NuncioSigned
from Interop.bench.publishing import Publisher, Updated
from Interop.bench.results import Results
from Interop.bench.storage import LARGE, LIMITS, LONG_ROUNDS, commands
from Interop.bench.updates import LEAST_SECONDS
from Interop.bench.workshop import Workshop
from Interop.bench.wrk import CONNECTIONS

COMPARED = ("memory", "updates", "storage")

DURABLE = Line(f"durable updates/s, {CONNECTIONS} connections", target=2.5, is_of_ratio=True, is_least=True)
CPU_OF_MANY = Line(f"CPU of an update, {CONNECTIONS} connections", "µs", 0.35, is_of_ratio=True)
CPU_OF_ONE = Line("CPU of an update, 1 connection", "µs", 0.4, is_of_ratio=True)
P50_OF_ONE = Line("p50 of an update, 1 connection", "ms", 0.5, is_of_ratio=True)
FAILED = Line("updates refused or failed", target=0)
BARE = Line("CPU of a bare 404", "µs")
REFUSED_UPDATE = Line("CPU with a right key (400), to a bare 404", target=1.3)
CHECKED_KEY = Line("CPU with a right key (“check”), to a bare 404")
LOST = Line(f"share of queries/s lost beside {RATE:,} updates/s", target=0.25)
REACHED = Line("updates/s beside these queries")


class Against:
    def __init__(
        self, workshop: Workshop, results: Results, older: Path, counts: list[int], rounds: int, seconds: float
    ) -> None:
        """Updates are measured with the middle one of `counts`, memory and commands with the largest."""
        self._workshop, self._results, self._rounds = workshop, results, rounds
        self._usual, self._large, self._seconds = counts[len(counts) // 2], counts[-1], max(seconds, LEAST_SECONDS)
        self._workshops = {Side.OLDER: workshop.with_program("older", older), Side.NEWER: workshop}
        self._comparison = Comparison()
        self._kind = NuncioSigned if all(map(NuncioSigned.is_possible, self._workshops.values())) else Nuncio

    def run(self, parts: list[str]) -> None:
        if "updates" in parts:
            publishers = {side: Publisher(workshop, self._usual) for side, workshop in self._workshops.items()}
            self._updates(publishers)
            self._requests(publishers)
        if "memory" in parts:
            self._memory()
        if "storage" in parts:
            self._storage()
        zone = "signed" if self._kind is NuncioSigned else "not signed, because one of the programs cannot sign"
        self._comparison.tell(
            self._results,
            "The older and the newer program in turns: medians, in parentheses the least and the most",
            f"Updates with {self._usual:,} delegates, {self._rounds} rounds of {self._seconds:g} s; the zone for durable "
            f"ones is {zone}.\nMemory and commands with {self._large:,} delegates, {self._long_rounds} rounds. "
            "Ratio: the median of the ratios within each round.",
        )

    @property
    def _long_rounds(self) -> int:
        return min(self._rounds, LONG_ROUNDS)

    def _turns(self, round_: int, rounds: int, what: str) -> list[Side]:
        self._workshop.progress(f"{what}, round {round_} of {rounds}")
        return list(Side) if round_ % 2 else list(reversed(Side))

    def _started(self, kind: type[Nuncio], purpose: str) -> dict[Side, Nuncio]:
        servers = {}
        for side, workshop in self._workshops.items():
            self._workshop.progress(f"starting the {side} {kind.name} with {self._usual:,} delegates")
            servers[side] = kind(workshop, self._usual, purpose).start()
        return servers

    def _updates(self, publishers: dict[Side, Publisher]) -> None:
        servers = self._started(self._kind, "updates")
        for side, server in servers.items():
            publishers[side].publish(server, 1)  # connections and caches
        for round_ in range(1, self._rounds + 1):
            for side in self._turns(round_, self._rounds, "updates"):
                for connections in (CONNECTIONS, 1):
                    updated = publishers[side].publish_counted(servers[side], self._seconds, connections=connections)
                    self._add_updated(side, updated, connections)
        for server in servers.values():
            server.discard()

    def _add_updated(self, side: Side, updated: Updated, connections: int) -> None:
        self._comparison.add(FAILED, side, updated.refused + updated.failed)
        if connections == 1:
            self._comparison.add(CPU_OF_ONE, side, updated.cpu)
            self._comparison.add(P50_OF_ONE, side, updated.p50 / 1000)
        else:
            self._comparison.add(DURABLE, side, (updated.requests - updated.refused) / updated.seconds)
            self._comparison.add(CPU_OF_MANY, side, updated.cpu)

    def _requests(self, publishers: dict[Side, Publisher]) -> None:
        """Credentials, and queries beside updates: in zones that are not signed, as where one program is measured."""
        servers = self._started(Nuncio, "requests")
        authenticating, beside = {}, {}
        for side, server in servers.items():
            verify(server)
            workshop, publisher = self._workshops[side], publishers[side]
            authenticating[side] = Authenticating(workshop, self._results, publisher, self._rounds, self._seconds)
            authenticating[side].verify(server)
            beside[side] = Beside(workshop, self._results, publisher, self._rounds, self._seconds)
        for round_ in range(1, self._rounds + 1):
            for side in self._turns(round_, self._rounds, "credentials"):
                bare, refused, checked = (
                    authenticating[side].microseconds(servers[side], kind) for kind in (NOBODY, NO_UPDATE, CHECK)
                )
                self._comparison.add(REFUSED_UPDATE, side, refused / bare)
                self._comparison.add(CHECKED_KEY, side, checked / bare)
                self._comparison.add(BARE, side, bare)
        for round_ in range(1, self._rounds + 1):
            for side in self._turns(round_, self._rounds, f"queries beside {RATE:,} updates/s"):
                alone = beside[side].load(servers[side], None)
                shared = beside[side].load(servers[side], servers[side])
                self._comparison.add(LOST, side, 1 - shared.rate / alone.rate)
                if shared.updates:
                    self._comparison.add(REACHED, side, shared.updates.rate)
        for server in servers.values():
            server.discard()

    def _memory(self) -> None:
        if self._kind is not NuncioSigned:
            self._workshop.progress("one of the programs signs nothing: memory and start with signatures are left out")
            return
        told = f"{self._large:,} signed delegates"
        memory, ready, signed = (
            self._large_line(f"{told}: {what}", unit, target)
            for what, unit, target in (("memory", "MiB", 256), ("until ready", "s", 2.5), ("until all is signed", "s", 25))
        )
        for round_ in range(1, self._long_rounds + 1):
            for side in self._turns(round_, self._long_rounds, told):
                server = NuncioSigned(self._workshops[side], self._large, f"memory-{round_}")
                os.sync()  # the copy of the store is not to be written meanwhile
                server.start()
                self._comparison.add(memory, side, server.memory().resident / MEBIBYTE)
                self._comparison.add(ready, side, server.answers_seconds)
                self._comparison.add(signed, side, server.start_seconds)
                server.discard()

    def _storage(self) -> None:
        lines = {name: self._large_line(f"{name} with {self._large:,} accounts", "s", limit) for name, limit in LIMITS.items()}
        for round_ in range(1, self._long_rounds + 1):
            for side in self._turns(round_, self._long_rounds, f"import, search and backup of {self._large:,} accounts"):
                seconds = commands(self._workshops[side], self._large, f"storage-{round_}")
                for name, line in lines.items():
                    self._comparison.add(line, side, seconds.of(name))

    def _large_line(self, what: str, unit: str, target: float) -> Line:
        """The targets are for a million: with fewer delegates there is none."""
        return Line(what, unit, target if self._large >= LARGE else None)
