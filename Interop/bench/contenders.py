"""The servers: their configuration, their start, and what they have in common."""

import shutil
import signal
import subprocess
import time
from pathlib import Path

from Interop.bench import accounting, stores
from Interop.bench.contender_configurations import (
    ACME_DNS,
    KNOT_ONLINESIGN,
    KNOT_SERVER,
    NSD_SERVER,
    NUNCIO,
    NUNCIO_SIGNED,
    NUNCIO_UNSIGNED,
    NUNCIO_WITHOUT_METRICS,
)
from Interop.bench.delegates_and_queries import ZONE, query
from Interop.bench.workshop import Workshop
from Interop.loopback import ask_datagram
from Interop.processes import LabError, Processes, free_port
from Interop.scenarios.scenario_servers import KNOT, NSD, make_certificate

READY_WITHIN = 300
READY_STEP = 0.002


class Contender:
    """A server in its own folder, with `count` delegates."""

    name: str
    transports = frozenset(("udp", "tcp", "tls"))
    kinds = frozenset(("txt", "nodata", "nxdomain", "caa", "mixed"))
    environment: dict[str, str] = {}
    answers = True
    status_when_ended = 0

    def __init__(self, workshop: Workshop, count: int, purpose: str):
        self.workshop, self.count = workshop, count
        self.folder = workshop.folder / f"{self.name}-{count}-{purpose}"
        self.folder.mkdir()
        self.processes = Processes(self.folder, [])
        workshop.started.append(self)

    def start(self, *, before: list[str] | None = None, environment: dict[str, str] | None = None) -> "Contender":
        """Returns when the server is ready. `before` is a command that runs the server's command."""
        began = 0.0

        def prepare():
            nonlocal began
            self.port, self.tls_port, self.http_port = free_port(), free_port(), free_port()
            command = self._prepare()
            began = time.monotonic()
            return [*(before or []), *command], self.environment | (environment or {})

        def is_ready():
            # This asks more often than the caller would, for the seconds of the start.
            end = time.monotonic() + 0.2
            while time.monotonic() < end:
                if self._is_ready():
                    self.start_seconds = time.monotonic() - began
                    return True
                time.sleep(READY_STEP)
            return False

        self.process = self.processes.start_server(
            self.name, prepare, is_ready, seconds=READY_WITHIN, status_when_ended=self.status_when_ended
        )
        return self

    def start_pinned(self) -> "Contender":
        return self.start(before=["taskset", "-c", str(self.workshop.server_processor)])

    def stop(self):
        for complaint in self.processes.stop():
            self.workshop.progress(f"{self.folder.name}: {complaint}")
        if self in self.workshop.started:
            self.workshop.started.remove(self)

    def cpu_nanoseconds(self) -> int:
        return accounting.cpu_nanoseconds(self.process.pid)

    def memory(self) -> accounting.Memory:
        return accounting.memory(self.process.pid)

    def port_of(self, transport: str) -> int:
        return self.tls_port if transport == "tls" else self.port

    def _is_ready(self) -> bool:
        """Whether the server answers for the zone: Knot says SERVFAIL before it has read it."""
        try:
            return ask_datagram(self.port, query(ZONE, "SOA"), 0.05)[3] & 15 == 0
        except (TimeoutError, ConnectionError):
            return False


class Nuncio(Contender):
    name = "nuncio"
    signing = NUNCIO_UNSIGNED

    def __init__(self, workshop: Workshop, count: int, purpose: str, threads: int = 1):
        super().__init__(workshop, count, purpose)
        self._threads, self.program = threads, workshop.nuncio
        make_certificate(self.processes)
        if count:
            shutil.copyfile(nuncio_store(workshop, count), self.folder / "nuncio.db")

    def _prepare(self) -> list[str]:
        text = NUNCIO.format(zone=ZONE, threads=self._threads, port=self.port, tls_port=self.tls_port, http_port=self.http_port)
        file = self.folder / "nuncio.yaml"
        program = str(self.program)
        for later in (NUNCIO_WITHOUT_METRICS, self.signing):
            file.write_text(text + later)
            try:
                self.processes.run([program, "config", "check", "--config", file.name])
            except LabError:
                continue  # an earlier nuncio does not know it
            text += later
        file.write_text(text)
        return [program, "serve", "--config", file.name]

    def _is_ready(self) -> bool:
        return "] ready" in self._log()

    def _log(self) -> str:
        return self.processes.log_of(self.name).read_text(errors="replace")


class NuncioSigned(Nuncio):
    """The server is ready when all delegates are signed: until then it would be busy with more than queries."""

    name = "nuncio-signed"
    signing = NUNCIO_SIGNED

    @staticmethod
    def is_possible(workshop: Workshop) -> bool:
        """Whether the program can sign: an earlier nuncio has no such command."""
        return subprocess.run([str(workshop.nuncio), "dnssec"], stdin=subprocess.DEVNULL, capture_output=True).returncode == 0

    def _is_ready(self) -> bool:
        return super()._is_ready() and "delegates signed anew" in self._log()


class Nsd(Contender):
    name = "nsd"

    def _prepare(self) -> list[str]:
        make_certificate(self.processes)
        server = NSD_SERVER.format(folder=self.folder, tls_port=self.tls_port)
        zone = f'zone:\n    name: "{ZONE}."\n    zonefile: "{zone_file(self.workshop, self.count)}"\n'
        (self.folder / "nsd.conf").write_text(
            NSD.format(folder=self.folder, port=self.port, secret=16 * "00", identity=server) + zone
        )
        return ["nsd", "-d", "-c", "nsd.conf"]


class Knot(Contender):
    name = "knot"
    transports = frozenset(("udp", "tcp"))  # Debian's 3.2 has no DNS over TLS
    modules = ""
    zone_options = ""

    def _prepare(self) -> list[str]:
        zone = f'zone:\n  - domain: "{ZONE}."\n    file: "{zone_file(self.workshop, self.count)}"\n{self.zone_options}'
        (self.folder / "knot.conf").write_text(
            KNOT.format(folder=self.folder, port=self.port, identity=KNOT_SERVER, modules=self.modules) + zone
        )
        return ["knotd", "-c", "knot.conf"]


class KnotOnlinesign(Knot):
    """Signs each answer when it gives it, and keeps no signature."""

    name = "knot-onlinesign"
    modules = KNOT_ONLINESIGN
    zone_options = "    module: mod-onlinesign/bench\n"


class AcmeDns(Contender):
    name = "acme-dns"
    transports = frozenset(("udp", "tcp"))
    kinds = frozenset(("txt", "nxdomain"))  # it answers the others differently
    environment = {"GOMAXPROCS": "1"}
    status_when_ended = -signal.SIGTERM

    def __init__(self, workshop: Workshop, count: int, purpose: str):
        super().__init__(workshop, count, purpose)
        self._engine = "sqlite"

    def start(self, **options) -> "Contender":
        """Starts it once to make its tables, and again with content."""
        try:
            super().start()
        except LabError:
            self._engine = "sqlite3"  # before version 2.0
            super().start()
        self.processes.stop()
        stores.fill_acme_dns(self.folder / "acme-dns.db", self.workshop.content(self.count))
        return super().start(**options)

    def _prepare(self) -> list[str]:
        (self.folder / "config.cfg").write_text(
            ACME_DNS.format(zone=ZONE, engine=self._engine, port=self.port, http_port=self.http_port)
        )
        return [str(self.workshop.acme_dns), "-c", "config.cfg"]


class Echo(Contender):
    """The least that any server can cost."""

    name = "echo"
    transports = frozenset(("udp",))
    kinds = frozenset(("txt",))
    answers = False
    status_when_ended = -signal.SIGTERM

    def _prepare(self) -> list[str]:
        return [str(self.workshop.programs.echo), str(self.port), "199"]  # as long as the TXT answer


def nuncio_store(workshop: Workshop, count: int) -> Path:
    """An SQLite file with the content, made once: nuncio makes the tables, this fills them."""
    file = workshop.folder / f"nuncio-{count}.db"
    if not file.exists():
        workshop.progress(f"filling a store with {count:,} delegates")
        maker = Nuncio(workshop, 0, f"tables-{count}").start()
        maker.stop()
        stores.fill_nuncio(maker.folder / "nuncio.db", workshop.content(count))
        (maker.folder / "nuncio.db").rename(file)
    return file


def zone_file(workshop: Workshop, count: int) -> Path:
    file = workshop.folder / f"{ZONE}-{count}.zone"
    if not file.exists():
        workshop.progress(f"writing a zone file with {count:,} delegates")
        stores.write_zone(file, workshop.content(count))
    return file
