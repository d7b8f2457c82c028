"""The effect of updates on the queries that are answered meanwhile."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from Interop.bench import accounting
from Interop.bench.contenders import Nuncio
from Interop.bench.load import dnsperf
from Interop.bench.publishing import Publisher, Updated
from Interop.bench.results import Goal, Results, Table, median, spread
from Interop.bench.workshop import Workshop

RATE = 1_000
LEAST_ROUNDS = 3
EARLIER = 0.5  # seconds by which updates begin before the queries and end after them

ALONE, BESIDE, ELSEWHERE = "queries alone", "beside updates", "beside updates of another nuncio"


@dataclass
class Load:
    """A run of queries, alone or with updates beside it. The microseconds are those of the answering thread for a query;
    `taken` is the share of a processor that updates take in the server that has them."""

    rate: float
    lost: int
    microseconds: float
    taken: float
    updates: Updated | None


class Beside:
    def __init__(self, workshop: Workshop, results: Results, publisher: Publisher, rounds: int, seconds: float) -> None:
        self._workshop, self._results, self._publisher = workshop, results, publisher
        self._rounds, self._seconds = rounds, seconds
        self._answering = 0  # the number of the thread that answers

    def run(self, server: Nuncio, other: Nuncio) -> None:
        """The third condition takes processor time from the queries, as the second does, but does nothing inside the server."""
        conditions: dict[str, Nuncio | None] = {ALONE: None, BESIDE: server, ELSEWHERE: other}
        found: dict[str, list[Load]] = {condition: [] for condition in conditions}
        for round_ in range(1, self._rounds + 1):
            self._workshop.progress(f"queries beside {RATE:,} updates/s, round {round_} of {self._rounds}")
            for condition, updated in conditions.items():
                found[condition].append(self.load(server, updated))
        self._results.raw["queries beside updates"] = {
            condition: [asdict(load) for load in loads] for condition, loads in found.items()
        }
        self._tell(found)

    def load(self, server: Nuncio, updated: Nuncio | None) -> Load:
        """Asks the server while the other one, or the same one, gets updates. The first time it must get none."""
        with ThreadPoolExecutor(1) as pool:
            beside = (
                pool.submit(self._publisher.publish, updated, round(self._seconds + 2 * EARLIER), RATE) if updated else None
            )
            time.sleep(EARLIER)
            before, whole = accounting.cpu_of_threads(server.process.pid), cpu_of(updated)
            outcome = dnsperf(
                server, self._workshop.queries(server.count).text("mixed"), "mixed", "udp", self._seconds, pinned=False
            )
            after, others = accounting.cpu_of_threads(server.process.pid), cpu_of(updated) - whole
        updates = beside.result() if beside else None
        taken = {thread: time_ - before.get(thread, 0) for thread, time_ in after.items()}
        if not updated and not self._answering:
            self._answering = max(taken, key=taken.__getitem__)  # nothing else has much to do
        answering = taken[self._answering]
        if updated is server:
            others -= answering
        return Load(
            outcome.rate,
            outcome.lost,
            answering / 1000 / outcome.completed,
            others / 1e9 / outcome.seconds,
            updates,
        )

    def _tell(self, found: dict[str, list[Load]]) -> None:
        table = Table(
            f"Queries (mixed, UDP) at full load and {RATE:,} updates/s at the same time, on the same processors",
            [
                "condition",
                "queries/s",
                "least",
                "most",
                "spread",
                "to alone",
                "lost",
                "µs",
                "to alone",
                "updates/s",
                "p99 ms",
                "processors",
            ],
            note="µs: CPU of the one thread that answers, for a query; it grows if updates hinder it inside the server.\n"
            "Processors: what the updates take of them in their server; queries lack it, whichever server has it: see the "
            "third line.\n"
            "Where the kernel shares out time by sessions (autogroup, see above), the other nuncio has a share of its own.",
        )
        for condition, loads in found.items():
            rates, costs = [load.rate for load in loads], [load.microseconds for load in loads]
            updates = [load.updates for load in loads if load.updates]
            table.rows.append(
                [
                    condition,
                    f"{median(rates):,.0f}",
                    f"{min(rates):,.0f}",
                    f"{max(rates):,.0f}",
                    f"{spread(rates):.1%}",
                    f"{ratio(rates, [load.rate for load in found[ALONE]]):.3f}",
                    str(sum(load.lost for load in loads)),
                    f"{median(costs):.2f}",
                    f"{ratio(costs, [load.microseconds for load in found[ALONE]]):.3f}",
                    *(
                        (
                            f"{median(update.rate for update in updates):,.0f}",
                            f"{median(update.p99 for update in updates) / 1000:.1f}",
                            f"{median(load.taken for load in loads):.2f}",
                        )
                        if updates
                        else ("", "", "")
                    ),
                ]
            )
        self._results.tables.append(table)
        alone = [load.rate for load in found[ALONE]]
        beside, elsewhere = (ratio([load.rate for load in found[name]], alone) for name in (BESIDE, ELSEWHERE))
        if len(alone) < LEAST_ROUNDS:
            return  # too few to have a spread
        self._results.goals.append(
            Goal(
                "change of queries/s by updates",
                abs(1 - beside),
                spread(alone),
                note=f"limit: the spread of queries alone; {abs(1 - elsewhere):.3f} if another nuncio is updated",
            )
        )


def cpu_of(updated: Nuncio | None) -> int:
    """The nanoseconds of the server that is updated."""
    return updated.cpu_nanoseconds() if updated else 0


def ratio(these: list[float], those: list[float]) -> float:
    return median(one / other for one, other in zip(these, those, strict=True))
