"""ACME clients, each with its own way to a credential and a certificate."""

import re
from dataclasses import dataclass
from pathlib import Path

from Interop.lab import Lab
from Interop.nuncio_server import ZONE
from Interop.places import INTEROP
from Interop.processes import LabError

CLIENT_SECONDS = 45

# Unbound may remember for these seconds that a name had no TXT record (the SOA's minimum is 1).
PROPAGATION_SECONDS = 2


@dataclass
class Issued:
    """The files of one certificate."""

    certificate: Path
    chain: Path


class Client:
    """A client with its own delegate, for one domain and its wildcard."""

    credential_format: str  # of `nuncio register`

    def __init__(self, lab: Lab, domain: str, base_path: str = "") -> None:
        self.lab = lab
        self.domain = domain
        self.names = [domain, f"*.{domain}"]
        self.base_url = lab.nuncio.url + base_path
        self.delegate = ""
        self.last_output = ""  # what the client printed

    @property
    def credential(self) -> str:
        return f"{self.domain}.credential"

    def register(self) -> str:
        """Enrols a delegate; returns what nuncio tells the person at the terminal."""
        advice = self.lab.processes.run(
            [
                self.lab.program,
                "register",
                "--server",
                self.base_url,
                "--domain",
                self.domain,
                "--format",
                self.credential_format,
            ],
            environment=self.lab.client_environment,
            output_file=self.credential,
        ).errors
        # The record to create is taken from the advice, as a person takes it.
        record = re.search(rf"_acme-challenge\.{re.escape(self.domain)}\.?\s(?:.*\s)?CNAME\s+(\S+)", advice)
        if not record or not record[1].rstrip(".").endswith(f".{ZONE}"):
            raise LabError(f"nuncio register did not name a CNAME for {self.domain}:\n{advice}")
        self.delegate = record[1].rstrip(".")
        return advice

    def issue(self) -> Issued:
        raise NotImplementedError

    def _path(self, name: str) -> Path:
        return self.lab.directory / name

    def _run(self, command: list[str], environment: dict[str, str]) -> None:
        environment = {**self.lab.client_environment, **environment}
        finished = self.lab.processes.run(command, environment=environment, seconds=CLIENT_SECONDS)
        self.last_output = finished.output

    def _hook_environment(self) -> dict[str, str]:
        return {
            "CREDENTIAL": str(self._path(self.credential)),
            "RESOLVER": f"127.0.0.1#{self.lab.resolver.port}",
        }


class Certbot(Client):
    """certbot with certbot-dns-acmedns, whose registrations are a JSON object with a domain as key."""

    credential_format = "lego"

    @property
    def settings(self) -> str:
        return f"{self.domain}.ini"

    def write_settings(self) -> None:
        file = self._path(self.settings)
        file.touch(mode=0o600)
        file.write_text(
            f"dns_acmedns_api_url = {self.base_url}\ndns_acmedns_registration_file = {self._path(self.credential)}\n"
        )

    def issue(self) -> Issued:
        self.write_settings()
        directory = f"certbot-{self.domain}"
        self._run(
            [
                "certbot",
                "certonly",
                "--non-interactive",
                "--agree-tos",
                "--register-unsafely-without-email",
                "--server",
                self.lab.authority.directory_url,
                "--authenticator",
                "dns-acmedns",
                "--dns-acmedns-credentials",
                self.settings,
                "--dns-acmedns-propagation-seconds",
                str(PROPAGATION_SECONDS),
                "--config-dir",
                directory,
                "--work-dir",
                f"{directory}/work",
                "--logs-dir",
                f"{directory}/logs",
                *[part for name in self.names for part in ("--domain", name)],
            ],
            {"REQUESTS_CA_BUNDLE": self.lab.trust},
        )
        live = self._path(directory) / "live" / self.domain
        return Issued(live / "cert.pem", live / "chain.pem")


class Dehydrated(Client):
    """dehydrated with a hook that calls curl with a form's content type, as many hooks do."""

    credential_format = "env"

    def issue(self) -> Issued:
        directory = self._path(f"dehydrated-{self.domain}")
        directory.mkdir()
        # Without its own file it would read the machine's.
        (directory / "config").write_text(f"BASEDIR={directory}\nACCOUNT_KEY_ALGO=prime256v1\n")
        self._run(
            [
                "dehydrated",
                "--config",
                str(directory / "config"),
                "--register",
                "--accept-terms",
                "--ca",
                self.lab.authority.directory_url,
            ],
            {"CURL_CA_BUNDLE": self.lab.trust},
        )
        self._run(
            [
                "dehydrated",
                "--config",
                str(directory / "config"),
                "--cron",
                "--ca",
                self.lab.authority.directory_url,
                "--challenge",
                "dns-01",
                "--hook",
                str(INTEROP / "hooks" / "dehydrated.sh"),
                # A wildcard needs an alias, which names the folder.
                "--alias",
                "certificate",
                "--domain",
                " ".join(self.names),
            ],
            {"CURL_CA_BUNDLE": self.lab.trust, **self._hook_environment()},
        )
        certificates = directory / "certs" / "certificate"
        return Issued(certificates / "cert.pem", certificates / "chain.pem")


class Lego(Client):
    """Debian's lego, which is too old for acme-dns, with a hook that calls `nuncio publish`."""

    credential_format = "json"

    def issue(self) -> Issued:
        directory = f"lego-{self.domain}"
        self._run(
            [
                "lego",
                "--path",
                directory,
                "--server",
                self.lab.authority.directory_url,
                "--accept-tos",
                "--email",
                f"hostmaster@{self.domain}",
                # lego asks authoritative servers on port 53, and ours are elsewhere.
                "--dns",
                "exec",
                "--dns.disable-cp",
                "--dns.resolvers",
                f"127.0.0.1:{self.lab.resolver.port}",
                *[part for name in self.names for part in ("--domains", name)],
                "run",
            ],
            {
                "LEGO_CA_CERTIFICATES": self.lab.trust,
                "EXEC_PATH": str(INTEROP / "hooks" / "lego.sh"),
                "EXEC_SEQUENCE_INTERVAL": "1",
                **self._hook_environment(),
            },
        )
        certificates = self._path(directory) / "certificates"
        return Issued(certificates / f"{self.domain}.crt", certificates / f"{self.domain}.issuer.crt")
