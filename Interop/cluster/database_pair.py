"""A PostgreSQL server and its synchronous standby, which can change places."""

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

from Interop.cluster.cluster_hosts import DATABASES
from Interop.cluster.placed_processes import AS_NOBODY, PlacedProcess
from Interop.patience import patiently
from Interop.processes import LabError, Processes, wait_until

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
USER = DATABASE = "nuncio"

# A step of something that takes time: the seconds, or the condition, to wait for.
Step = float | Callable[[], bool]

SETTINGS = {
    # `kill -9` loses nothing that the kernel has in its cache, so replication and recovery are real without waiting for a disk.
    "fsync": "off",
    # An acknowledged commit is on both machines. While one of them is away, commits wait.
    "synchronous_standby_names": "*",
    "synchronous_commit": "on",
    "hot_standby": "on",
    "max_connections": "150",
    "max_wal_senders": "6",
    "wal_keep_size": "256MB",
    "shared_buffers": "32MB",
    "wal_receiver_timeout": "3s",
    "wal_sender_timeout": "3s",
    "wal_retrieve_retry_interval": "500ms",
    "tcp_keepalives_idle": "2",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "4000",
}


class Database:
    """One of the two servers. Its socket for the laboratory's own commands is in its folder, which no cut link hides."""

    def __init__(self, processes: Processes, host: str, folder: Path) -> None:
        self._processes = processes
        self.host, self.folder, self.data = host, folder, folder / "data"
        folder.mkdir()
        shutil.chown(folder, "nobody", "nogroup")
        self._server: PlacedProcess | None = None

    def initialise(self) -> None:
        command = [
            "initdb",
            "--pgdata",
            str(self.data),
            "--auth",
            "trust",
            "--username",
            USER,
            "--no-sync",
            "--wal-segsize",
            "1",
        ]
        self._processes.run([*AS_NOBODY, str(PROGRAMS / command[0]), *command[1:], "--locale", "C.UTF-8"], seconds=60)
        with (self.data / "pg_hba.conf").open("a") as file:
            file.write("host all all 10.77.0.0/16 trust\nhost replication all 10.77.0.0/16 trust\n")

    def start(self) -> None:
        own = {"listen_addresses": DATABASES[self.host], "unix_socket_directories": str(self.folder)}
        options = [word for key, value in (SETTINGS | own).items() for word in ("-c", f"{key}={value}")]
        # The children of a server that was killed are gone, and its process id can be another's by now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        self._server = PlacedProcess(
            self.host,
            [*AS_NOBODY, str(PROGRAMS / "postgres"), "-D", str(self.data), *options],
            self._processes.log_of(self.host),
        )

    def kill(self) -> None:
        """SIGKILL for the server; its children end when they miss it, as they do after a crash, or are killed too."""
        if self._server:
            self._server.send_to_family(signal.SIGKILL)
            self._server.kill()

    def send(self, number: signal.Signals) -> None:
        if self._server:
            self._server.send(number)

    def send_to_all(self, number: signal.Signals) -> None:
        if self._server:
            self._server.send_to_family(number)

    @property
    def is_running(self) -> bool:
        return self._server is not None and not self._server.has_ended()

    def ask(self, sql: str, database: str = "postgres") -> str | None:
        """What one value is; `None` if the server does not say."""
        try:
            return self._processes.run(
                ["psql", "--host", str(self.folder), "--username", USER, "--no-psqlrc", "-Atqc", sql, database],
                environment={"PGCONNECT_TIMEOUT": "2", "PGOPTIONS": "-c synchronous_commit=local -c statement_timeout=5s"},
                announced=False,
                seconds=2,
            ).output.strip()
        except LabError:
            return None

    def answers(self) -> bool:
        return self.ask("SELECT 1") == "1"

    def has_standby(self) -> bool:
        return self.ask("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1"

    def copy_from(self, other: "Database") -> PlacedProcess:
        """Begins to make this server a copy of another, from nothing."""
        shutil.rmtree(self.data, ignore_errors=True)
        command = ["pg_basebackup", "-h", DATABASES[other.host], "-U", USER, "-D", str(self.data), "-R", "--no-sync"]
        return PlacedProcess(
            self.host,
            [*AS_NOBODY, str(PROGRAMS / command[0]), *command[1:], "--checkpoint=fast", "--wal-method=stream"],
            self._processes.log_of(f"{self.host}-copy"),
        )


class DatabasePair:
    def __init__(self, processes: Processes, note: Callable[[str], object]) -> None:
        self.primary, self.standby = (Database(processes, host, processes.directory / host) for host in DATABASES)
        self._note = note

    def start(self) -> None:
        self.primary.initialise()
        self.primary.start()
        wait_until(self.primary.answers, 20, "PostgreSQL answers")
        if self.primary.ask(f"CREATE DATABASE {DATABASE}") is None:
            raise LabError("PostgreSQL makes no database")
        backup = self.standby.copy_from(self.primary)
        wait_until(backup.has_ended, 30, "the standby has its copy")
        self.standby.start()
        wait_until(self.primary.has_standby, 20, "the standby follows")

    def promote(self) -> Iterator[Step]:
        """Makes the standby the primary. The former one must be down: nothing fences it off."""
        if self.primary.is_running:
            raise LabError("a standby is promoted only after the primary has ended")
        self.primary, self.standby = self.standby, self.primary
        while self.primary.ask("SELECT pg_is_in_recovery()") != "f":
            self.primary.ask("SELECT pg_promote(false)")
            yield 0.2
        self._note(f"{self.primary.host} is promoted")

    def rejoin(self) -> Iterator[Step]:
        """Makes the server that is down a copy of the primary, and a standby."""
        while True:
            backup = self.standby.copy_from(self.primary)
            for _ in range(int(patiently(2) / 0.2)):
                if backup.has_ended():
                    break
                yield 0.2
            if backup.status == 0:
                break
            backup.kill()
            yield 1.0
        self.standby.start()
        yield self.primary.has_standby
        self._note(f"{self.standby.host} follows")
