"""Nodes over one PostgreSQL database, beside a server with an SQLite file: updates, their waiting time, queries, the start."""

import itertools
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

from Interop.bench.contenders import Nuncio, nuncio_store
from Interop.bench.load import Measurement, Outcome, dnsperf, measure
from Interop.bench.publishing import Publisher, Updated, changes_of
from Interop.bench.results import Goal, Results, Table, median
from Interop.bench.workshop import Workshop
from Interop.bench.wrk import CONNECTIONS
from Interop.cluster.placed_processes import AS_NOBODY
from Interop.processes import LabError, Processes

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
USER = DATABASE = "nuncio"
LARGE = 1_000_000
LEAST_SECONDS = 3  # wrk counts whole ones, and PostgreSQL writes in bursts
LIMITS = {"one node": 0.5, "three nodes": 0.35}  # of the updates/s with SQLite
LEAST_OF_QUERIES = 0.97
MOST_OF_START = 1.5
COPY_WITHIN = 900  # seconds

# One row that must be durable, of the size of a published value.
PGBENCH_SCRIPT = """\
\\set id random(1, 1000000000)
INSERT INTO pgbench_values (id, value, time) VALUES (:id, repeat('x', 43), 1764500000);
"""


class Database:
    """A PostgreSQL server of its own, with its defaults: each commit is durable."""

    _numbers = itertools.count(1)

    def __init__(self, workshop: Workshop) -> None:
        self.folder = workshop.folder / f"postgresql-{next(self._numbers)}"
        self.folder.mkdir()
        shutil.chown(self.folder, "nobody", "nogroup")
        for folder in (workshop.folder, *workshop.folder.parents):
            if folder.stat().st_uid == 0 and folder != Path("/"):
                folder.chmod(folder.stat().st_mode | 0o011)  # “nobody” has to pass
        self.processes = Processes(self.folder, [])
        workshop.started.append(self)
        data = self.folder / "data"
        initdb = ["initdb", "--pgdata", str(data), "--auth", "trust", "--username", USER, "--locale", "C.UTF-8"]
        self._run(initdb, seconds=60)
        options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={self.folder}", "-c", "max_wal_size=4GB"]
        command = [*AS_NOBODY, str(PROGRAMS / "postgres"), "-D", str(data), *options]
        self.processes.start_server("postgres", lambda: (command, {}), self._is_ready, seconds=30)
        self.psql("postgres", f"CREATE DATABASE {DATABASE}")

    @property
    def connection(self) -> str:
        return f"host={self.folder} user={USER} dbname={DATABASE}"

    def _run(self, command: list[str], seconds: float = 20) -> str:
        return self.processes.run([*AS_NOBODY, str(PROGRAMS / command[0]), *command[1:]], seconds=seconds).output

    def _is_ready(self) -> bool:
        try:
            self._run(["psql", "-h", str(self.folder), "-U", USER, "-d", "postgres", "-c", "SELECT 1"])
        except LabError:
            return False
        return True

    def psql(self, database: str, text: str) -> str:
        return self._run(["psql", "-h", str(self.folder), "-U", USER, "-d", database, "-Atc", text]).strip()

    def changes(self) -> int:
        return int(self.psql(DATABASE, "SELECT number FROM change_sequence"))

    def pgbench(self, seconds: int) -> float:
        """The mean milliseconds of a commit, one after the other."""
        if self.psql(DATABASE, "SELECT to_regclass('pgbench_values') IS NULL") == "t":
            self.psql(DATABASE, "CREATE TABLE pgbench_values (id bigint, value text, time bigint)")
        script = self.folder / "insert.sql"
        script.write_text(PGBENCH_SCRIPT)
        output = self._run(
            [
                "pgbench",
                "-h",
                str(self.folder),
                "-U",
                USER,
                "-n",
                "-c",
                "1",
                "-M",
                "prepared",
                "-T",
                str(seconds),
                "-f",
                str(script),
                DATABASE,
            ],
            seconds=seconds + 20,
        )
        found = re.search(r"latency average = ([0-9.]+) ms", output)
        if not found:
            raise LabError(f"pgbench said no latency: {output}")
        return float(found[1])

    def stop(self) -> None:
        self.processes.stop()


class Node(Nuncio):
    """One of those that share a database."""

    def __init__(self, workshop: Workshop, count: int, name: str, database: Database) -> None:
        super().__init__(workshop, 0, name)
        self.count, self._node, self._database = count, name, database

    def _prepare(self) -> list[str]:
        command = super()._prepare()
        file = self.folder / "nuncio.yaml"
        text = file.read_text().replace(
            'storage:\n  sqlite:\n    path: "nuncio.db"\n',
            f'storage: {{postgresql: {{connection: "{self._database.connection}"}}}}\n'
            f'state-folder: "{self.folder}/state"\n'
            f"node: {{name: {self._node}}}\n",
        )
        file.write_text(text)
        return command


class Nodes:
    def __init__(self, workshop: Workshop, results: Results, counts: list[int], rounds: int, seconds: float) -> None:
        self._workshop, self._results = workshop, results
        self._usual, self._largest = counts[len(counts) // 2], counts[-1]
        self._rounds, self._seconds = rounds, max(seconds, LEAST_SECONDS)

    def run(self) -> None:
        self._start()
        count = self._usual
        database = self._filled(count)
        alone = Nuncio(self._workshop, count, "beside-nodes").start()
        publisher = Publisher(self._workshop, count)
        nodes = [Node(self._workshop, count, "ns1", database).start()]
        self._queries(alone, nodes[0], count)
        found: dict[str, list[Updated]] = {"SQLite": [], "one node": [], "three nodes": []}
        waits: dict[str, list[Updated]] = {"SQLite": [], "one node": [], "three nodes": []}
        commits: list[float] = []
        # All rounds of one node come first: two more that have joined count for each change.
        for server in (alone, nodes[0]):
            publisher.publish(server, 1)
        sqlite_beside: dict[str, list[Updated]] = {"one node": [], "three nodes": []}
        for kind in LIMITS:
            while len(nodes) < (3 if kind == "three nodes" else 1):
                nodes.append(Node(self._workshop, count, f"ns{len(nodes) + 1}", database).start())
            for round_ in range(1, self._rounds + 1):
                self._workshop.progress(f"updates, {kind}, round {round_} of {self._rounds}")
                sqlite_beside[kind].append(self._counted(publisher, alone, partial(changes_of, alone)))
                found[kind].append(self._counted(publisher, nodes[0], database.changes))
                commits.append(database.pgbench(LEAST_SECONDS))
                waits[kind].append(publisher.publish(nodes[0], LEAST_SECONDS, connections=1))
                waits["SQLite"].append(publisher.publish(alone, LEAST_SECONDS, connections=1))
        found["SQLite"] = [run for runs in sqlite_beside.values() for run in runs]
        self._tell(found, sqlite_beside, waits, commits)
        for server in [*reversed(nodes), alone]:
            server.stop()
        database.stop()

    def _counted(self, publisher: Publisher, server: Nuncio, changes: Callable[[], int]) -> Updated:
        before = changes()
        updated = publisher.publish(server, round(self._seconds), connections=CONNECTIONS)
        updated.changes = changes() - before
        if updated.changes < updated.requests - updated.refused - updated.failed:
            raise LabError(f"{updated.requests} updates were acknowledged, {updated.changes} are in the storage")
        return updated

    def _filled(self, count: int) -> Database:
        """A database with the content of the SQLite file, by the command that users have for it."""
        self._workshop.progress(f"copying {count:,} delegates to PostgreSQL")
        database = Database(self._workshop)
        source = self._workshop.folder / f"to-copy-{count}.db"
        shutil.copyfile(nuncio_store(self._workshop, count), source)
        began = time.monotonic()
        database.processes.run(
            [
                str(self._workshop.nuncio),
                "storage",
                "migrate",
                "--from",
                f"sqlite:{source}",
                "--to",
                f"postgresql:{database.connection}",
            ],
            seconds=COPY_WITHIN,
        )
        self._copied = time.monotonic() - began
        database.psql(DATABASE, "ANALYZE")
        return database

    def _start(self) -> None:
        """The time to the line “ready”, with the largest number of delegates."""
        count = self._largest
        database = self._filled(count)
        copied = self._copied
        ratios: list[float] = []
        seconds: dict[str, list[float]] = {"SQLite": [], "PostgreSQL": []}
        for round_ in range(1, min(self._rounds, 3) + 1):
            self._workshop.progress(f"start with {count:,} delegates, round {round_}")
            alone = Nuncio(self._workshop, count, f"start-{round_}").start()
            seconds["SQLite"].append(alone.start_seconds)
            alone.discard()
            node = Node(self._workshop, count, f"start{round_}", database).start()
            seconds["PostgreSQL"].append(node.start_seconds)
            node.stop()
            ratios.append(seconds["PostgreSQL"][-1] / seconds["SQLite"][-1])
        database.stop()
        table = Table(
            f"Start with {count:,} delegates, in s",
            ["storage", "median", "least", "most"],
            [[name, *(f"{figure:.2f}" for figure in (median(of), min(of), max(of)))] for name, of in seconds.items()],
            note=f"nuncio storage migrate, with its comparison, took {copied:.0f} s for all of it.",
        )
        self._results.tables.append(table)
        self._results.raw["nodes start"] = seconds | {"migrate": [copied]}
        if count >= LARGE:
            self._results.goals.append(
                Goal(f"start with {count:,} delegates, PostgreSQL to SQLite", median(ratios), MOST_OF_START)
            )

    def _queries(self, alone: Nuncio, node: Node, count: int) -> None:
        queries = self._workshop.queries(count).text("txt")

        def send(server: Nuncio) -> Outcome:
            return dnsperf(server, queries, "txt", "udp", self._seconds)

        pairs: list[tuple[Measurement, Measurement]] = []
        for server in (alone, node):
            send(server)
        for round_ in range(1, self._rounds + 1):
            self._workshop.progress(f"queries, round {round_} of {self._rounds}")
            order = [alone, node] if round_ % 2 else [node, alone]
            by_server = {id(server): measure(server, round_, partial(send, server)) for server in order}
            pairs.append((by_server[id(alone)], by_server[id(node)]))
        ratio = median(of_alone.microseconds / of_node.microseconds for of_alone, of_node in pairs)
        self._results.raw["nodes queries"] = [[one.raw() for one in pair] for pair in pairs]
        self._results.goals.append(Goal("queries for the same CPU, a node to SQLite", ratio, LEAST_OF_QUERIES, True))

    def _tell(
        self,
        found: dict[str, list[Updated]],
        beside: dict[str, list[Updated]],
        waits: dict[str, list[Updated]],
        commits: list[float],
    ) -> None:
        table = Table(
            f"Durable updates over HTTP with {CONNECTIONS} connections, {self._rounds} rounds of {self._seconds:g} s",
            [
                "storage",
                "updates/s",
                "least",
                "most",
                "to SQLite",
                "p50 ms",
                "p99 ms",
                "refused",
                "failed",
                "alone p50",
                "alone p99",
            ],
            note="“Alone”: one connection, one update after the other. “To SQLite”: the ratio in the same round. Three nodes:\n"
            "each update waits until all three answer it, and the difference to one node is the time that this takes.\n"
            f"A commit of pgbench of the same size, one after the other: {median(commits):.2f} ms on average.",
        )
        for kind, runs in found.items():
            ratio = None
            if kind in LIMITS:
                ratio = median(run.rate / other.rate for run, other in zip(runs, beside[kind], strict=True))
                self._results.goals.append(Goal(f"updates/s, {kind} to SQLite", ratio, LIMITS[kind], True))
            rates = [run.rate for run in runs]
            table.rows.append(
                [
                    kind,
                    *(f"{figure:,.0f}" for figure in (median(rates), min(rates), max(rates))),
                    "" if ratio is None else f"{ratio:.2f}",
                    f"{median(run.p50 for run in runs) / 1000:.1f}",
                    f"{median(run.p99 for run in runs) / 1000:.1f}",
                    str(sum(run.refused for run in runs)),
                    str(sum(run.failed for run in runs)),
                    *(
                        f"{median(times) / 1000:.2f}"
                        for times in zip(*((run.p50, run.p99) for run in waits[kind]), strict=True)
                    ),
                ]
            )
        runs = list(itertools.chain(*found.values()))
        self._results.goals.append(Goal("updates of nodes refused or failed", sum(run.refused + run.failed for run in runs), 0))
        self._results.tables.append(table)
        self._results.raw["nodes updates"] = {kind: [asdict(run) for run in runs] for kind, runs in found.items()}
        alone = {kind: [asdict(run) for run in runs] for kind, runs in waits.items()}
        self._results.raw["nodes waits"] = alone | {"pgbench, ms": commits}
