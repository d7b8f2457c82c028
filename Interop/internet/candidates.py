"""The server under test: nuncio, or a peer that serves the same content from a file."""

import json
import sys
from pathlib import Path

from Interop.accounts import Account, publish
from Interop.internet.addresses import API, ZONE, ZONE_ADDRESSES, resolver_address, with_port, zone_addresses
from Interop.internet.nsd_server import start_nsd
from Interop.internet.tls_certificate import Tls
from Interop.internet.zone_content import CONFIGURED_RECORDS, Delegate, new_label, zone_file
from Interop.peer_configurations import knot_configuration
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

# As an operator would: clients do not learn what runs here.
KNOT_ANONYMOUS = """\
    identity: ""
    version: ""
"""


class Candidate:
    name: str
    is_signed = False

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self.tls: Tls | None = None

    def start(self, values: list[list[str]]) -> list[Delegate]:
        """Returns a delegate for each list of values."""
        raise NotImplementedError

    def publish(self, delegate: Delegate) -> None:
        """Publishes the delegate's values."""
        raise NotImplementedError

    def delegation_signers(self) -> list[str]:
        """The DS records for the parent; none if the zone is not signed."""
        return []


class Nuncio(Candidate):
    """Its delegates have no values before `publish`."""

    name = "nuncio"
    is_signed = True

    def __init__(self, processes: Processes, program: Path) -> None:
        super().__init__(processes)
        self.program = str(program)

    def start(self, values: list[list[str]]) -> list[Delegate]:
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
        """The records as nuncio prints them."""
        printed = self._processes.run([self.program, "dnssec", "ds", "--config", "nuncio.yaml"]).output
        return printed.splitlines()

    def _tls_configuration(self) -> str:
        if not self.tls:
            return ""
        return (
            f"  tls:\n    listen: [{listening(self.tls.port)}]\n"
            f'    certificate: "{self.tls.certificate}"\n    key: "{self.tls.key}"\n'
        )

    def publish(self, delegate: Delegate) -> None:
        if delegate.account is None:
            raise LabError(f"{delegate.name} has no credential")
        for value in delegate.values:
            publish(f"http://{API}", delegate.account, value)

    def stop(self) -> None:
        """Raises `LabError` if nuncio does not end as it should."""
        complaints = self._processes.end(self._server)
        if complaints:
            raise LabError("; ".join(complaints))

    def _enrol(self, values: list[str]) -> Delegate:
        printed = self._processes.run([self.program, "register", "--server", f"http://{API}"]).output
        account = Account.of(json.loads(printed))
        return Delegate(account.subdomain, values, account)

    def _is_ready(self) -> bool:
        return self._processes.has_logged(self.name, "] ready")


class Peer(Candidate):
    """A peer's file has everything from the start, even what nuncio publishes later, but no client has asked for it."""

    def __init__(self, processes: Processes) -> None:
        super().__init__(processes)
        self.folder = processes.directory / "under-test"
        self.folder.mkdir()
        self.file = self.folder / "zone"

    def start(self, values: list[list[str]]) -> list[Delegate]:
        delegates = [Delegate(new_label(), of_one) for of_one in values]
        self.file.write_text(zone_file(delegates))
        self._serve(zone_addresses())
        return delegates

    def publish(self, delegate: Delegate) -> None:
        pass

    def _serve(self, addresses: list[str]) -> None:
        raise NotImplementedError

    def _start(self, *command: str) -> None:
        self._processes.start_server(self.name, lambda: (list(command), None), lambda: True)


class NsdPeer(Peer):
    name = "nsd"

    def _serve(self, addresses: list[str]) -> None:
        start_nsd(self._processes, "nsd", addresses, {ZONE: self.file}, self.tls)


class KnotPeer(Peer):
    name = "knot"

    def _serve(self, addresses: list[str]) -> None:
        if self.tls:
            raise LabError("Debian's Knot does not serve DNS over TLS")
        file = self.folder / "knot.conf"
        listen = [f"{address}@53" for address in addresses]
        file.write_text(knot_configuration(self.folder, listen, {f"{ZONE}.": self.file}, server=KNOT_ANONYMOUS))
        self._start("knotd", "-c", str(file))


class FaultyPeer(Peer):
    name = "faulty"

    def _serve(self, addresses: list[str]) -> None:
        program = Path(__file__).with_name("faulty.py")
        self._start(sys.executable, str(program), str(self.file), f"{ZONE}.", *addresses)


def listening(port: int) -> str:
    return ", ".join(f'"{with_port(address, port)}"' for address in zone_addresses())


PEERS: dict[str, type[Peer]] = {peer.name: peer for peer in (NsdPeer, KnotPeer, FaultyPeer)}
