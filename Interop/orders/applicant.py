"""A server that orders certificates by a proxy which can stop the authority's answers."""

import json
import shutil
import ssl
import stat
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from Interop.certificate_authority import TRUST
from Interop.certificates import ROOT
from Interop.orders.stopping_proxy import StoppingProxy
from Interop.orders.turns import Story, until
from Interop.processes import LabError, wait_until
from Interop.secure_lab import NamedConnection, SecureLab, SecureServer


class Applicant(SecureLab):
    """It has a zone and a folder of its own. Resolver and authority are those of another lab, and start after it.

    Both names of the certificate are in the zone.
    """

    def __init__(self, lab: SecureLab, zone: str) -> None:
        # The folder is in that of the lab, which is removed as a whole.
        super().__init__(lab.nuncio_path, f"{lab.directory / zone}-")
        self._lab = lab
        self.zone = zone
        self.proxy = StoppingProxy(self.directory, "pebble.pem", "pebble.key")
        self.authority_port, self.resolver_port = self.proxy.port, lab.resolver_port
        self.folder = self.directory / "nuncio.db.certificate"

    def start_nuncio(self) -> None:
        self.nuncio = SecureServer(
            self.processes,
            self.program,
            self.authority_port,
            self.resolver_port,
            self.zone,
            (f"auth.{self.zone}", f"api.{self.zone}"),
        )

    def meet_authority(self) -> None:
        """Connects the proxy with the lab's authority, and trusts the root that it has now."""
        self.proxy.authority = (
            self._lab.authority_port,
            ssl.create_default_context(cafile=self._lab.directory / TRUST),
        )
        (self.directory / ROOT).write_text((self._lab.directory / ROOT).read_text())

    def forget(self) -> None:
        """Ends the server, and removes all that it knows of accounts, orders and certificates."""
        complaints = self.processes.end(self.nuncio.process)
        if complaints:
            raise LabError("\n".join(complaints))
        shutil.rmtree(self.folder)

    def kill(self) -> None:
        """The log is kept for people: the next start makes another one."""
        self.processes.kill(self.nuncio.process)
        self.processes.log_of("nuncio").rename(self.processes.log_of("nuncio-killed"))

    @contextmanager
    def asking_for_renewal(self) -> "Iterator[subprocess.Popen[bytes]]":
        """Runs `nuncio certificate renew` meanwhile, which ends with 0 if it succeeds."""
        command = subprocess.Popen(
            [self.nuncio_path, "certificate", "renew", "--config", "nuncio.yaml"],
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield command
        finally:
            command.kill()
            command.wait()

    def renewal(self, status: int = 0) -> Story:
        """Asks for another certificate, and goes on when the attempt has ended."""
        with self.asking_for_renewal() as command:
            yield from until(lambda: command.poll() is not None, 60, "nuncio certificate renew ends")
        if command.returncode != status:
            raise LabError(f"nuncio certificate renew must end with {status}: {self.certificate()}")

    def stop(self) -> list[str]:
        self.proxy.stop()
        return super().stop()

    @property
    def has_certificate(self) -> bool:
        """Whether a certificate is stored."""
        return (self.folder / "certificate.pem").exists()

    def serial(self) -> str:
        """The serial number of the certificate that a new connection sees, and verifies."""
        connection = NamedConnection(self)
        try:
            status, body = connection.get("/health")
            if status != 200:
                raise LabError(f"GET /health must be 200, and is {status} {body}")
            return connection.serial
        except ssl.SSLError as error:
            raise LabError(f"The certificate that is shown is not trusted: {error}") from None
        finally:
            connection.close()

    def is_at_rest(self) -> bool:
        """Whether the status is `valid`, and the server does nothing about certificates for an hour at least."""
        standing = self.certificate()
        planned = standing.get("next_attempt")
        if standing["state"] != "valid" or standing.get("last_problem") or not isinstance(planned, str):
            return False
        return datetime.fromisoformat(planned) > datetime.now(UTC) + timedelta(hours=1)

    # What is left in the end.

    def check_made(self, **expected: int) -> None:
        """Compares what the authority has made since the proxy's `begin` with what it must have made."""
        counts = Counter((answer.step, answer.status) for answer in self.proxy.answers)
        made = {
            "accounts": counts["account", 201],
            "orders": counts["new order", 201],
            "certificates": counts["finalization", 200],
        }
        if made != expected:
            answers = "\n".join(map(str, self.proxy.answers))
            raise LabError(f"The authority must have made {expected}, and has made {made}:\n{answers}")

    def check_files(self) -> None:
        """The files are for their owner alone, and nothing is left of an order or of writing. A file may just be written."""
        wait_until(self._has_only_its_files, 10, f"{self.folder} has no more than account, certificate and renewal")
        self.check_modes()

    def _has_only_its_files(self) -> bool:
        account, *others = sorted(file.name for file in self.folder.iterdir()) or [""]
        is_clean = account.startswith("account-") and others == ["certificate.pem", "renewal.json"]
        return is_clean and not list(self.directory.rglob(".nuncio-*"))

    def check_modes(self) -> None:
        for file in self.folder.iterdir():
            mode = stat.S_IMODE(file.stat().st_mode)
            if mode != 0o600:
                raise LabError(f"{file.name} has the mode {mode:o}")

    @property
    def account_file(self) -> Path:
        (file,) = self.folder.glob("account-*.json")
        return file

    def account_url(self) -> str:
        """The account's URL as it is stored."""
        return str(json.loads(self.account_file.read_text()).get("url"))

    def check_pending(self) -> None:
        """Nobody vouches for the certificate that is shown, and requests are told so."""
        if self.gets_verified() is not None or self.get(root=None) != 503:
            raise LabError("Without a certificate, requests must be answered 503 over one that nobody vouches for")

    def check_log(self) -> None:
        """Since the last start, no attempt has failed."""
        if self.processes.has_logged("nuncio", "no certificate obtained"):
            raise LabError("An attempt has failed, as the log says")
