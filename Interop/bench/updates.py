"""Updates over HTTP: the number a second that become durable, the cost of a credential (authenticating.py), and the effect of
updates on queries (beside.py)."""

from dataclasses import asdict

from Interop.bench.answer_verification import verify
from Interop.bench.authenticating import Authenticating
from Interop.bench.beside import Beside
from Interop.bench.contenders import Nuncio, NuncioSigned
from Interop.bench.publishing import Publisher, Updated
from Interop.bench.results import Goal, Results, Table, median
from Interop.bench.workshop import Workshop
from Interop.bench.wrk import CONNECTIONS

LEAST_RATE = 4_000
LEAST_SHARED = 2
LEAST_SECONDS = 2  # wrk counts whole ones


class Updates:
    def __init__(self, workshop: Workshop, results: Results, count: int, rounds: int, seconds: float) -> None:
        self._workshop, self._results, self._count = workshop, results, count
        self._rounds, self._seconds = rounds, max(seconds, LEAST_SECONDS)
        self._publisher = Publisher(workshop, count)

    def run(self) -> None:
        self._workshop.progress("starting two nuncios for updates")
        server = Nuncio(self._workshop, self._count, "updates").start()
        other = Nuncio(self._workshop, self._count, "elsewhere").start()
        verify(server)
        zones: dict[str, Nuncio] = {"not signed": server}
        if NuncioSigned.is_possible(self._workshop):
            zones["signed"] = NuncioSigned(self._workshop, self._count, "signed-updates").start()
        self._throughput(zones)
        for signed in list(zones.values())[1:]:
            signed.stop()
        Authenticating(self._workshop, self._results, self._publisher, self._rounds, self._seconds).run(server)
        Beside(self._workshop, self._results, self._publisher, self._rounds, self._seconds).run(server, other)
        other.stop()
        server.stop()

    def _throughput(self, servers: dict[str, Nuncio]) -> None:
        """The servers take turns: a machine may not do in one minute what it did in the minute before."""
        for server in servers.values():
            self._publisher.publish(server, 1)  # connections and caches
        runs: dict[str, list[Updated]] = {zone: [] for zone in servers}
        for round_ in range(1, self._rounds + 1):
            for zone, server in servers.items():
                self._workshop.progress(f"updates, {zone}, round {round_} of {self._rounds}")
                runs[zone].append(self._publisher.publish_counted(server, self._seconds))
        table = Table(
            f"Durable updates over HTTP with {CONNECTIONS} connections, {self._rounds} rounds of {self._seconds:g} s",
            ["zone", "updates/s", "least", "most", "µs", "p50 ms", "p99 ms", "refused", "failed", "updates a commit"],
            note="µs: CPU of all the server's threads for an update.",
        )
        for zone, of_one in runs.items():
            rates = [run.rate for run in of_one]
            shared = median(run.changes / run.commits for run in of_one)
            refused, failed = sum(run.refused for run in of_one), sum(run.failed for run in of_one)
            table.rows.append(
                [
                    zone,
                    f"{median(rates):,.0f}",
                    f"{min(rates):,.0f}",
                    f"{max(rates):,.0f}",
                    f"{median(run.cpu for run in of_one):.0f}",
                    f"{median(run.p50 for run in of_one) / 1000:.1f}",
                    f"{median(run.p99 for run in of_one) / 1000:.1f}",
                    str(refused),
                    str(failed),
                    f"{shared:.1f}",
                ]
            )
        self._results.tables.append(table)
        self._results.raw["updates"] = {zone: [asdict(run) for run in of_one] for zone, of_one in runs.items()}
        # The last one is the server of an operator who configures nothing.
        self._results.goals += [
            Goal("durable updates/s", median(rates), LEAST_RATE, True),
            Goal("updates refused or failed", refused + failed, 0),
            Goal("updates that share a commit", shared, LEAST_SHARED, True),
        ]
