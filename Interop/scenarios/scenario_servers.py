"""The server under test, twice: “plain” as it comes, “identified” with an identity, a version, NSID and TLS."""

import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from Interop.accounts import publish, register
from Interop.loopback import SECONDS, ask_datagram, ask_stream, wire_name
from Interop.patience import patiently
from Interop.peer_configurations import make_certificate, nuncio_sections
from Interop.processes import LabError, Processes, free_port
from Interop.scenarios.scenario_zones import VALUES, ZONE, configured_records, zone_files

SECRET = "e5e973e5a6b2a43f48e7dc849e37bfcf"
SILENCE_SECONDS = 0.5
READY_WITHIN = patiently(15)  # seconds

NUNCIO = """\
zones: ["{zone}"]
nameservers: ["ns1.{zone}", "ns2.elsewhere.test"]
contact: "hostmaster@example.net"
records:
{records}
zone-files: ["zones"]
nameserver:
  listen: ["127.0.0.1:{port}"]
  cookie-secrets: ["{secret}"]
{identity}{sections}"""

NUNCIO_IDENTITY = """\
  identifier: "one.example"
  version: "two"
  tls:
    listen: ["127.0.0.1:{tls_port}"]
    certificate: "../tls.crt"
    key: "../tls.key"
"""


@dataclass
class Running:
    """One server process."""

    port: int
    tls_port: int


class Server:
    name: str
    serves_tls = True

    def __init__(self, processes: Processes) -> None:
        self.processes = processes
        self.words: dict[str, str] = dict(VALUES)
        self.running: dict[str, Running] = {}

    def start(self, kinds: Sequence[str] = ("plain", "identified")) -> None:
        if "identified" in kinds:
            make_certificate(self.processes, ["one.example"])
        for kind in kinds:
            folder = self.processes.directory / f"{self.name}-{kind}"
            (folder / "zones").mkdir(parents=True)
            self.running[kind] = self._start(kind, folder)
            self._await_answer(self.running[kind])

    def _start(self, kind: str, folder: Path) -> Running:
        raise NotImplementedError

    def wanted(self, record: str) -> str:
        """The record that a scenario wants, as this server may have it."""
        return record

    def ask(self, kind: str, transport: str, query: bytes, expects_silence: bool = False) -> bytes | None:
        """The octets of the response; `None` if there is none in time."""
        running = self.running[kind]
        seconds = SILENCE_SECONDS if expects_silence else SECONDS
        try:
            if transport == "udp":
                return ask_datagram(running.port, query, seconds)
            return ask_stream(running.tls_port if transport == "tls" else running.port, query, seconds, transport == "tls")
        except (TimeoutError, ConnectionError, EOFError):
            return None

    def _await_answer(self, running: Running) -> None:
        query = bytes.fromhex("4e55 0000 0001 0000 0000 0000") + wire_name(ZONE) + struct.pack("!HH", 6, 1)
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            try:
                if ask_datagram(running.port, query, 0.5)[3] & 0xF == 0:
                    return
            except (TimeoutError, ConnectionError):
                time.sleep(0.05)
        raise LabError(f"{self.name} gave no answer within {READY_WITHIN:.0f} s")


class Nuncio(Server):
    name = "nuncio"

    def __init__(self, processes: Processes, program: Path) -> None:
        super().__init__(processes)
        self._program = str(program)

    def _start(self, kind: str, folder: Path) -> Running:
        for file in zone_files():
            (folder / "zones" / file.name).write_text(file.read_text())
        ports: dict[str, int] = {}

        def prepare() -> tuple[list[str], None]:
            ports.update(port=free_port(), http_port=free_port(), tls_port=free_port())
            sections = nuncio_sections(ports["http_port"], "nuncio.db")
            identity = NUNCIO_IDENTITY.format(**ports) if kind == "identified" else ""
            records = "\n".join(f"  - '{record}'" for record in configured_records())
            (folder / "nuncio.yaml").write_text(
                NUNCIO.format(zone=ZONE, records=records, secret=SECRET, identity=identity, sections=sections, **ports)
            )
            return ["env", "-C", str(folder), self._program, "serve", "--config", "nuncio.yaml"], None

        name = f"nuncio-{kind}"
        self.processes.start_server(name, prepare, lambda: self.processes.has_logged(name, "] ready"))
        if kind == "plain":
            self.words |= enrol_and_publish(ports["http_port"])
        return Running(ports["port"], ports["tls_port"])


def enrol_and_publish(port: int) -> dict[str, str]:
    """Enrols two delegates over the API of acme-dns, publishes the values of one of them, and returns their labels."""
    url = f"http://127.0.0.1:{port}"
    silent, published = register(url), register(url)
    for value in VALUES.values():
        publish(url, published, value)
    return {"silent": silent.subdomain, "published": published.subdomain}
