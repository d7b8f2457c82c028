"""The servers: their configuration, their start, and what they have in common."""

import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self

from Interop.bench import accounting, stores
from Interop.bench.contender_configurations import (
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
from Interop.peer_configurations import acme_dns_configuration, knot_configuration, make_certificate, nsd_configuration
from Interop.processes import LabError, Prepared, Processes, free_port

READY_WITHIN = 300
READY_STEP = 0.002


class Contender:
    """A server in its own folder, with `count` delegates."""

    name: str
    scheme = "http"  # of the API
    transports = frozenset(("udp", "tcp", "tls"))
    kinds = frozenset(("txt", "nodata", "nxdomain", "caa", "mixed"))
    environment: Mapping[str, str] = MappingProxyType({})
    answers = True
    status_when_ended = 0

    def __init__(self, workshop: Workshop, count: int, purpose: str) -> None:
        self.workshop, self.count = workshop, count
        self.folder = workshop.folder / f"{self.name}-{count}-{purpose}"
        self.folder.mkdir()
        self.processes = Processes(self.folder, [])
        self.began = self.start_seconds = 0.0
        workshop.started.append(self)

    def start(self, *, before: list[str] | None = None, environment: dict[str, str] | None = None) -> Self:
        """Returns when the server is ready. `before` is a command that runs the server's command."""

        def prepare() -> Prepared:
            self.port, self.tls_port, self.http_port = free_port(), free_port(), free_port()
            command = self._prepare()
            self.began = time.monotonic()
            return [*(before or []), *command], {**self.environment, **(environment or {})}

        def is_ready() -> bool:
            # This asks more often than the caller would, for the seconds of the start.
            end = time.monotonic() + 0.2
            while time.monotonic() < end:
                if self._is_ready():
                    self.start_seconds = time.monotonic() - self.began
                    return True
                time.sleep(READY_STEP)
            return False

        self.process = self.processes.start_server(
            self.name, prepare, is_ready, seconds=READY_WITHIN, status_when_ended=self.status_when_ended
        )
        return self

    def start_pinned(self) -> Self:
        return self.start(before=["taskset", "-c", str(self.workshop.server_processor)])

    def stop(self) -> None:
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

    def _prepare(self) -> list[str]:
        """Writes the configuration, and returns the command."""
        raise NotImplementedError

    def _is_ready(self) -> bool:
        """Whether the server answers for the zone: Knot says SERVFAIL before it has read it."""
        try:
            return ask_datagram(self.port, query(ZONE, "SOA"), 0.05)[3] & 15 == 0
        except (TimeoutError, ConnectionError):
            return False


class Nuncio(Contender):
    name = "nuncio"
    signing = NUNCIO_UNSIGNED
    webserver = ""  # further lines of this section

    def __init__(self, workshop: Workshop, count: int, purpose: str, threads: int = 1) -> None:
        super().__init__(workshop, count, purpose)
        self._threads, self.program = threads, workshop.nuncio
        make_certificate(self.processes, ["one.example"])
        if count:
            shutil.copyfile(nuncio_store(workshop, count), self.folder / "nuncio.db")

    def _prepare(self) -> list[str]:
        text = NUNCIO.format(
            zone=ZONE,
            threads=self._threads,
            port=self.port,
            tls_port=self.tls_port,
            http_port=self.http_port,
            webserver=self.webserver,
        )
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

    def run(self, *arguments: str, seconds: float) -> str:
        """Runs one of the program's commands with the server's configuration, and returns its output."""
        return self.processes.run([str(self.program), *arguments, "--config", "nuncio.yaml"], seconds=seconds).output

    def discard(self) -> None:
        """Stops the server and removes its databases, which are large, unless all files are kept."""
        self.stop()
        for file in () if self.workshop.keep else self.folder.glob("*.db*"):
            if file.is_file():
                file.unlink()

    def _is_ready(self) -> bool:
        return self.processes.has_logged(self.name, "] ready")


class NuncioSigned(Nuncio):
    """The server is ready when all delegates are signed: until then it would be busy with more than queries."""

    name = "nuncio-signed"
    signing = NUNCIO_SIGNED
    answers_seconds = 0.0
    logged_when_signed = ("delegates signed again", "delegates signed anew")  # the second by an earlier nuncio

    @staticmethod
    def is_possible(workshop: Workshop) -> bool:
        """Whether the program can sign: an earlier nuncio has no such command."""
        return (
            subprocess.run(
                [str(workshop.nuncio), "dnssec"], stdin=subprocess.DEVNULL, capture_output=True, check=False
            ).returncode
            == 0
        )

    def _is_ready(self) -> bool:
        if not super()._is_ready():
            return False
        # The time until the server answers, while it still signs.
        self.answers_seconds = self.answers_seconds or time.monotonic() - self.began
        return any(self.processes.has_logged(self.name, text) for text in self.logged_when_signed)


class Nsd(Contender):
    name = "nsd"

    def _prepare(self) -> list[str]:
        make_certificate(self.processes, ["one.example"])
        listen = [f"127.0.0.1@{self.port}", f"127.0.0.1@{self.tls_port}"]
        server = NSD_SERVER.format(folder=self.folder, tls_port=self.tls_port)
        zones = {f"{ZONE}.": zone_file(self.workshop, self.count)}
        (self.folder / "nsd.conf").write_text(nsd_configuration(self.folder, listen, zones, server=server))
        return ["nsd", "-d", "-c", "nsd.conf"]


class Knot(Contender):
    name = "knot"
    transports = frozenset(("udp", "tcp"))  # Debian's 3.2 has no DNS over TLS
    sections = ""
    zone_options = ""

    def _prepare(self) -> list[str]:
        zones = {f"{ZONE}.": zone_file(self.workshop, self.count)}
        (self.folder / "knot.conf").write_text(
            knot_configuration(
                self.folder,
                [f"127.0.0.1@{self.port}"],
                zones,
                server=KNOT_SERVER,
                sections=self.sections,
                zone=self.zone_options,
            )
        )
        return ["knotd", "-c", "knot.conf"]


class KnotOnlinesign(Knot):
    """Signs each answer when it gives it, and keeps no signature."""

    name = "knot-onlinesign"
    sections = KNOT_ONLINESIGN
    zone_options = "    module: mod-onlinesign/bench\n"


class AcmeDns(Contender):
    name = "acme-dns"
    transports = frozenset(("udp", "tcp"))
    kinds = frozenset(("txt", "nxdomain"))  # it answers the others differently
    environment = MappingProxyType({"GOMAXPROCS": "1"})
    status_when_ended = -signal.SIGTERM

    def __init__(self, workshop: Workshop, count: int, purpose: str) -> None:
        super().__init__(workshop, count, purpose)
        self._engine = "sqlite"

    def start(self, *, before: list[str] | None = None, environment: dict[str, str] | None = None) -> Self:
        """Starts it once to make its tables, and again with content."""
        try:
            super().start()
        except LabError:
            self._engine = "sqlite3"  # before version 2.0
            super().start()
        self.processes.stop()
        stores.fill_acme_dns(self.folder / "acme-dns.db", self.workshop.content(self.count))
        return super().start(before=before, environment=environment)

    def _prepare(self) -> list[str]:
        records = [f'"{ZONE}. NS ns1.{ZONE}."', f'"ns1.{ZONE}. A 127.0.0.1"']
        (self.folder / "config.cfg").write_text(
            acme_dns_configuration(
                self.folder, ZONE, self.port, self.http_port, records, engine=self._engine, log_level="error"
            )
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
