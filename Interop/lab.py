"""The lab: nuncio, the parent zone, Unbound, and Pebble, in one fresh directory, on loopback only."""

import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Self

from Interop.certificate_authority import TRUST, CertificateAuthority
from Interop.nuncio_server import NuncioServer
from Interop.places import PROGRAMS
from Interop.processes import Processes
from Interop.resolver import ParentZone, Resolver

_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Lab:
    """Use it in a `with` statement: whatever happens inside, everything that it started ends with it.

    The caller starts the parts one by one and in this order, because each needs the one before.
    """

    nuncio: NuncioServer
    resolver: Resolver
    authority: CertificateAuthority

    def __init__(self, nuncio: Path, prefix: str, announce: Callable[[str], object] = lambda line: None) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix=prefix))
        self.program = nuncio.name
        self.processes = Processes(self.directory, [nuncio.parent, PROGRAMS], announce)
        self.parent_zone = ParentZone(self.processes)
        # The roots that clients trust, and what else they need in their environment.
        self.trust = TRUST
        self.client_environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        for number in _ENDING_SIGNALS:
            signal.signal(number, lambda number, frame: sys.exit(128 + number))
        return self

    def __exit__(self, *reason: object) -> None:
        for number in _ENDING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not interrupt the cleaning
        self.stop()

    def start_nuncio(self) -> None:
        self.nuncio = NuncioServer(self.processes, self.program)

    def start_resolver(self) -> None:
        self.resolver = Resolver(self.processes, self.nuncio)

    def start_authority(self) -> None:
        self.authority = CertificateAuthority(self.processes, self.resolver.endpoint)

    def stop(self) -> list[str]:
        """Ends everything, and returns what did not end well."""
        return self.processes.stop()
