"""The server under test: nuncio, or a peer that serves the same content from a file."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from Interop.internet.addresses import API, ZONE, ZONE_ADDRESSES, resolver_address, with_port, zone_addresses
from Interop.internet.dns_queries import SECONDS
from Interop.internet.nsd_server import Nsd
from Interop.internet.tls_certificate import Tls
from Interop.internet.zone_content import CONFIGURED_RECORDS, Delegate, new_label, zone_file
from Interop.processes import LabError, Processes

NUNCIO_CONFIGURATION = """\
zones: ["{zone}"]
nameservers: [{servers}]
contact: "hostmaster@example.net"
records:
{records}
nameserver:
  listen: [{addresses}]
{tls}webserver:
  listen: ["{api}"]
registration:
  mode: "open"
dnssec:
  resolvers: ["{resolver}"]
metrics:
  listen: []
storage:
  sqlite:
    path: "nuncio.db"
"""

KNOT_CONFIGURATION = """\
server:
    listen: [{addresses}]
    rundir: "{folder}"
    # As an operator would: who asks does not learn what runs here.
    identity: ""
    version: ""
database:
    storage: "{folder}"
log:
  - target: stderr
    any: info
zone:
  - domain: "{zone}."
    file: "{folder}/zone"
    zonefile-sync: -1
"""


class Nuncio:
    name = "nuncio"
    is_signed = True

    def __init__(self, processes: Processes, program: Path):
        self._processes = processes
        self.program = str(program)
        self.tls: Tls | None = None

    def start(self, values: list[list[str]]) -> list[Delegate]:
        """Enrols a delegate for each list of values; they have none before `publish`."""
        (self._processes.directory / "nuncio.yaml").write_text(
            NUNCIO_CONFIGURATION.format(
                zone=ZONE,
                api=API,
                tls=self._tls_configuration(),
                servers=", ".join(f'"{name}"' for name in ZONE_ADDRESSES),
                addresses=listening(53),
                resolver=with_port(resolver_address(1), 53),
                records="\n".join(f"  - '{record}'" for record in CONFIGURED_RECORDS),
            )
        )
        self._server = self._processes.start_server(
            self.name, lambda: ([self.program, "serve", "--config", "nuncio.yaml"], None), self._is_ready
        )
        return [self._enrol(of_one) for of_one in values]

    def delegation_signers(self) -> list[str]:
        """The DS records for the parent, as nuncio prints them."""
        printed = self._processes.run([self.program, "dnssec", "ds", "--config", "nuncio.yaml"]).output
        return printed.splitlines()

    def _tls_configuration(self) -> str:
        if not self.tls:
            return ""
        return (
            f"  tls:\n    listen: [{listening(self.tls.port)}]\n"
            f'    certificate: "{self.tls.certificate}"\n    key: "{self.tls.key}"\n'
        )

    def publish(self, delegate: Delegate):
        for value in delegate.values:
            request = urllib.request.Request(
                f"http://{API}/update",
                method="POST",
                data=json.dumps({"subdomain": delegate.label, "txt": value}).encode(),
                headers={
                    "Content-Type": "application/json",
                    "X-Api-User": delegate.credential["username"],
                    "X-Api-Key": delegate.credential["password"],
                },
            )
            with urllib.request.urlopen(request, timeout=SECONDS) as response:
                response.read()

    def stop(self):
        """Raises `LabError` if nuncio does not end as it should."""
        if self._server.poll() is not None:
            raise LabError(f"nuncio ended by itself, with status {self._server.returncode}")
        self._server.send_signal(signal.SIGTERM)
        try:
            status = self._server.wait(10)
        except subprocess.TimeoutExpired:
            raise LabError("nuncio was still running 10 s after SIGTERM") from None
        if status != 0:
            raise LabError(f"nuncio ended with status {status} on SIGTERM")

    def _enrol(self, values: list[str]) -> Delegate:
        printed = self._processes.run([self.program, "register", "--server", f"http://{API}"]).output
        credential = json.loads(printed)
        return Delegate(credential["subdomain"], values, credential)

    def _is_ready(self) -> bool:
        return "] ready" in self._processes.log_of(self.name).read_text(errors="replace")


class Peer:
    """A peer's file has everything from the start, even what nuncio publishes later, but no client has asked for it."""

    is_signed = False

    def __init__(self, processes: Processes):
        self._processes = processes
        self.folder = processes.directory / "under-test"
        self.folder.mkdir()
        self.file = self.folder / "zone"
        self.tls: Tls | None = None

    def start(self, values: list[list[str]]) -> list[Delegate]:
        delegates = [Delegate(new_label(), of_one) for of_one in values]
        self.file.write_text(zone_file(delegates))
        self._serve(zone_addresses())
        return delegates

    def publish(self, delegate: Delegate):
        pass

    def delegation_signers(self) -> list[str]:
        return []

    def _start(self, *command: str):
        self._processes.start_server(self.name, lambda: (list(command), None), lambda: True)


class NsdPeer(Peer):
    name = "nsd"

    def _serve(self, addresses: list[str]):
        Nsd(self._processes, "nsd", addresses, {ZONE: self.file}, self.tls)


class KnotPeer(Peer):
    name = "knot"

    def _serve(self, addresses: list[str]):
        if self.tls:
            raise LabError("Debian's Knot does not serve DNS over TLS")
        configuration = self.folder / "knot.conf"
        configuration.write_text(
            KNOT_CONFIGURATION.format(
                folder=self.folder, zone=ZONE, addresses=", ".join(f"{address}@53" for address in addresses)
            )
        )
        self._start("knotd", "-c", str(configuration))


class FaultyPeer(Peer):
    name = "faulty"

    def _serve(self, addresses: list[str]):
        program = Path(__file__).with_name("faulty.py")
        self._start(sys.executable, str(program), str(self.file), f"{ZONE}.", *addresses)


def listening(port: int) -> str:
    return ", ".join(f'"{with_port(address, port)}"' for address in zone_addresses())


PEERS = {peer.name: peer for peer in (NsdPeer, KnotPeer, FaultyPeer)}
