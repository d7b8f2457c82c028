"""Updates sent to a nuncio by wrk, and their outcome."""

import itertools
import sqlite3
import struct
from dataclasses import dataclass

from Interop.bench.contenders import Contender, Nuncio
from Interop.bench.stores import KNOWN_KEYS
from Interop.bench.workshop import Workshop
from Interop.bench.wrk import CONNECTIONS, wrk
from Interop.processes import LabError


@dataclass
class Updated:
    """The report of wrk, the CPU of all the server's threads for an update, and the store's contents after it. Times are in
    microseconds."""

    requests: int
    seconds: float
    refused: int
    failed: int
    p50: float
    p99: float
    max: float
    cpu: float = 0
    changes: int = 0
    commits: int = 0

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


class Publisher:
    """Has the credentials of delegates, and never publishes a value twice."""

    def __init__(self, workshop: Workshop, count: int) -> None:
        self._runs = itertools.count(1)
        content = workshop.content(count)
        self.credentials = workshop.folder / "credentials"
        with self.credentials.open("w") as file:
            file.writelines(
                f"{key.username} {key.text} {label}\n"
                for key, label in itertools.islice(zip(content.keys(), content.labels, strict=True), KNOWN_KEYS)
            )

    def publish(
        self,
        server: Contender,
        seconds: int,
        rate: int | None = None,
        *,
        connections: int = CONNECTIONS,
        closing: bool = False,
    ) -> Updated:
        """`closing` means a connection for each request."""
        environment = {"CREDENTIALS": str(self.credentials), "RUN": f"run{next(self._runs)}-"}
        environment |= {"RATE": str(rate)} if rate else {}
        environment |= {"CLOSE": "1"} if closing else {}
        before = server.cpu_nanoseconds()
        updated = Updated(**wrk(server, "update.lua", "/update", environment, seconds, connections))
        updated.cpu = (server.cpu_nanoseconds() - before) / 1000 / max(updated.requests, 1)
        return updated

    def publish_counted(self, server: Nuncio, seconds: float, *, connections: int = CONNECTIONS) -> Updated:
        """Publishes as fast as the server can. Raises if the store lacks a value that was acknowledged."""
        changes, commits = changes_of(server), commits_of(server)
        updated = self.publish(server, round(seconds), connections=connections)
        updated.changes, updated.commits = changes_of(server) - changes, commits_of(server) - commits
        if updated.changes < updated.requests - updated.refused:
            raise LabError(
                f"{updated.requests - updated.refused} updates were acknowledged, {updated.changes} are in the store"
            )
        return updated


def changes_of(server: Nuncio) -> int:
    """The number of committed changes in the store, as another process sees it."""
    database = sqlite3.connect(f"file:{server.folder / 'nuncio.db'}?mode=ro", uri=True, timeout=10)
    try:
        return int(database.execute("SELECT number FROM change_sequence").fetchone()[0])
    finally:
        database.close()


def commits_of(server: Nuncio) -> int:
    """The number of committed transactions: SQLite counts them in the index of its WAL, in the third word (iChange), with the
    machine's own width and order (sqlite.org/walformat.html, section 2.1)."""
    with (server.folder / "nuncio.db-shm").open("rb") as index:
        return int(struct.unpack("=3I", index.read(12))[2])
