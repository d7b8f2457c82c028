"""A self-signed certificate for DNS over TLS: testssl looks at the way the server speaks TLS."""

from dataclasses import dataclass
from pathlib import Path

from Interop.internet.addresses import ZONE_ADDRESSES
from Interop.peer_configurations import make_certificate
from Interop.processes import Processes


@dataclass(frozen=True)
class Tls:
    port: int
    certificate: Path
    key: Path


def make_tls(processes: Processes, port: int) -> Tls:
    return Tls(port, *make_certificate(processes, list(ZONE_ADDRESSES)))
