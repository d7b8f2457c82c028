"""The lab with a server that obtains its own certificate from Pebble, and serves its API over HTTPS."""

import json
import socket
import ssl
import subprocess
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPSConnection
from pathlib import Path
from typing import cast

from Interop.certificate_authority import TRUST, CertificateAuthority, make_trust
from Interop.certificates import ROOT, fetch_root
from Interop.lab import Lab
from Interop.nuncio_server import ZONE, NuncioServer
from Interop.patience import patiently
from Interop.processes import LabError, Processes, free_port
from Interop.resolver import PARENT_ZONE, Resolver

# The names of the certificate, inside Nuncio's zone and outside.
INSIDE = f"auth.{ZONE}"
OUTSIDE = f"auth.{PARENT_ZONE}"

# An address of loopback that nobody else is likely to use, for an authority that asks port 53 alone.
RESOLVER_AT_53 = "127.83.1.1"

CONFIGURATION = """\
zones: ["{zone}"]
nameservers: ["ns1.{zone}"]
contact: "hostmaster@example.net"
records:
  - "ns1.{zone}. 3600 IN A 127.0.0.1"
  - "{host}. 3600 IN A 127.0.0.1"
nameserver:
  listen: ["127.0.0.1:{dns_port}"]
webserver:
  listen: ["127.0.0.1:{http_port}"]
  public-url: "{url}"
  tls:
    mode: "acme"
acme:
  accept-terms: true
  names: ["{names}"]
  directory: "{directory}"
  directory-roots: "{trust}"
{external_account}registration:
  mode: "open"
metrics:
  listen: []
dnssec:
  resolvers: ["127.0.0.1:{resolver_port}"]
storage:
  sqlite:
    path: "nuncio.db"
"""


EXTERNAL_ACCOUNT = """\
  external-account:
    key-id: "{key_id}"
    key-file: "{key_file}"
"""


class SecureServer(NuncioServer):
    """The server with `webserver.tls.mode: acme`. Clients ask it by the first of its names, which is in the zone."""

    def __init__(
        self,
        processes: Processes,
        program: str,
        authority_port: int,
        resolver_port: int,
        zone: str = ZONE,
        names: Sequence[str] = (INSIDE, OUTSIDE),
    ) -> None:
        self.directory = f"https://127.0.0.1:{authority_port}/dir"
        self.names = names
        self._resolver_port = resolver_port
        self._external_account = ""
        super().__init__(processes, program, zone)

    def _configuration(self) -> str:
        return CONFIGURATION.format(
            zone=self.zone,
            host=self.names[0],
            names='", "'.join(self.names),
            external_account=self._external_account,
            dns_port=self.dns_port,
            http_port=self.http_port,
            url=self.url,
            trust=TRUST,
            directory=self.directory,
            resolver_port=self._resolver_port,
        )

    def use_authority(self, directory: str) -> None:
        """From its next start on."""
        self.directory = directory
        self._write_configuration()

    def use_external_account(self, key_id: str, key_file: str) -> None:
        """From its next start on."""
        self._external_account = EXTERNAL_ACCOUNT.format(key_id=key_id, key_file=key_file)
        self._write_configuration()

    def _write_configuration(self) -> None:
        (self._processes.directory / "nuncio.yaml").write_text(self._configuration())

    @property
    def url(self) -> str:
        return f"https://{self.names[0]}:{self.http_port}"


class SecureLab(Lab):
    """The lab with a server that obtains its own certificate.

    Ports are chosen before anything starts: the server is told of authority and resolver before these are there.
    """

    nuncio: SecureServer

    def __init__(self, nuncio: Path, prefix: str, announce: Callable[[str], object] = lambda line: None) -> None:
        super().__init__(nuncio, prefix, announce)
        self.nuncio_path = nuncio
        make_trust(self.processes)
        self.authority_port, self.resolver_port = free_port(), free_port()
        # Clients ask the system for the API's name. Debian's package libnss-wrapper reads this file.
        hosts = self.directory / "hosts"
        hosts.write_text(f"127.0.0.1 {INSIDE} {OUTSIDE}\n")
        self.client_environment = {"LD_PRELOAD": "libnss_wrapper.so", "NSS_WRAPPER_HOSTS": str(hosts)}
        self.trust = str(self.directory / "client-trust.pem")

    def start_nuncio(self) -> None:
        self.nuncio = SecureServer(self.processes, self.program, self.authority_port, self.resolver_port)

    def start_resolver(self) -> None:
        further = [RESOLVER_AT_53] if can_serve_at_53() else []
        self.resolver = Resolver(self.processes, self.nuncio, port=self.resolver_port, further=further)

    def start_authority(
        self, settings: Mapping[str, object] | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self.authority = CertificateAuthority(
            self.processes, self.resolver.endpoint, port=self.authority_port, settings=settings, environment=environment
        )

    def certificate(self, action: str = "status") -> dict[str, object]:
        """What `nuncio certificate` says; its exit code is not looked at."""
        finished = subprocess.run(
            [self.nuncio_path, "certificate", action, "--config", "nuncio.yaml", "--json"],
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        try:
            return cast("dict[str, object]", json.loads(finished.stdout))
        except json.JSONDecodeError:
            raise LabError(f"nuncio certificate {action} says: {finished.stdout}{finished.stderr}") from None

    def certificate_output(self, action: str) -> str:
        """What `nuncio certificate` says to a person, who sees the command, too."""
        command = [self.program, "certificate", action, "--config", "nuncio.yaml"]
        return self.processes.run(command, seconds=60, expected=(0, 5)).output

    def restart_nuncio(self) -> None:
        """With the same configuration, and so at the same ports."""
        complaints = self.processes.end(self.nuncio.process)
        if complaints:
            raise LabError("\n".join(complaints))
        self.nuncio.start_again()

    def restart_authority(self, settings: Mapping[str, object], environment: Mapping[str, str]) -> None:
        """It keeps nothing: Pebble's accounts and orders are in memory."""
        self.processes.end(self.authority.process)  # Pebble does not catch SIGTERM
        self.start_authority(settings, environment)

    def get(self, path: str = "/health", root: str | None = ROOT) -> int:
        """The status of a request; the certificate is verified if there is a root."""
        connection = NamedConnection(self, root)
        try:
            return connection.get(path)[0]
        finally:
            connection.close()

    def gets_verified(self) -> int | None:
        """As `get`; nothing if the certificate is not trusted."""
        try:
            return self.get()
        except ssl.SSLError:
            return None

    def trust_root(self, root: str | None = None) -> None:
        """The clients trust the authority's server and its certificates, as they trust a public one's."""
        if root is None:
            fetch_root(self)
        else:
            (self.directory / ROOT).write_text((self.directory / root).read_text())
        Path(self.trust).write_text("".join((self.directory / name).read_text() for name in (TRUST, ROOT)))
        self.client_environment["SSL_CERT_FILE"] = self.trust


def can_serve_at_53() -> bool:
    """Whether this process may bind port 53, and nobody has it at the address of the lab."""
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        try:
            tcp.bind((RESOLVER_AT_53, 53))
            udp.bind((RESOLVER_AT_53, 53))
        except OSError:
            return False
    return True


class NamedConnection(HTTPSConnection):
    """A connection to the server by a name that only the lab knows."""

    def __init__(self, lab: SecureLab, root: str | None = ROOT, name: str | None = None) -> None:
        context = ssl.create_default_context(cafile=lab.directory / root if root else None)
        if root is None:
            # Nobody vouches for the certificate of a server that has none yet.
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        super().__init__(name or lab.nuncio.names[0], lab.nuncio.http_port, timeout=patiently(10))
        self._context_of_lab = context

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout)
        self.sock = self._context_of_lab.wrap_socket(plain, server_hostname=self.host)

    def get(self, path: str) -> tuple[int, str]:
        self.request("GET", path)
        response = self.getresponse()
        return response.status, response.read().decode()

    @property
    def serial(self) -> str:
        """The serial number of the server's certificate."""
        certificate = cast("ssl.SSLSocket", self.sock).getpeercert()
        return str((certificate or {}).get("serialNumber"))
