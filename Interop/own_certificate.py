"""Nuncio obtains a certificate for itself from Pebble and serves its API over HTTPS; clients then use it.

The certificate has a name inside Nuncio's zone and one outside.
"""

import argparse
import json
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from http.client import HTTPSConnection
from pathlib import Path
from typing import cast

from Interop.certificate_authority import TRUST, CertificateAuthority, make_trust
from Interop.certificates import ROOT, fetch_root, verify_chain, verify_names
from Interop.clients import Certbot, Client, Dehydrated, Lego
from Interop.end_to_end import Report
from Interop.lab import Lab
from Interop.nuncio_server import ZONE, NuncioServer
from Interop.patience import patiently
from Interop.places import INTEROP
from Interop.processes import LabError, Prepared, Processes, free_port, last_lines
from Interop.resolver import PARENT_ZONE, Resolver
from Interop.runs import program, summary

INSIDE = f"auth.{ZONE}"
OUTSIDE = f"auth.{PARENT_ZONE}"


class SecureServer(NuncioServer):
    """The server with `webserver.tls.mode: acme`."""

    def __init__(self, processes: Processes, program: str, environment: Mapping[str, str]) -> None:
        self._environment = environment
        super().__init__(processes, program)

    def _command(self) -> Prepared:
        command, _ = super()._command()
        records = [f"{name}. 3600 IN A 127.0.0.1" for name in (f"ns1.{ZONE}", INSIDE)]
        return command, {
            "NUNCIO_RECORDS": "\n".join(records),
            "NUNCIO_WEBSERVER_TLS_MODE": "acme",
            "NUNCIO_WEBSERVER_PUBLIC_URL": self.url,
            "NUNCIO_ACME_NAMES": f"{INSIDE},{OUTSIDE}",
            "NUNCIO_ACME_DIRECTORY_ROOTS": TRUST,
            **self._environment,
        }

    @property
    def url(self) -> str:
        return f"https://{INSIDE}:{self.http_port}"


class SecureLab(Lab):
    """The lab with a server that obtains its own certificate.

    Ports are chosen before anything starts: the server is told of authority and resolver before these are there.
    """

    nuncio: SecureServer

    def __init__(self, nuncio: Path, prefix: str) -> None:
        super().__init__(nuncio, prefix)
        self.nuncio_path = nuncio
        make_trust(self.processes)
        self.authority_port, self.resolver_port = free_port(), free_port()
        # Clients ask the system for the API's name. Debian's package libnss-wrapper reads this file.
        hosts = self.directory / "hosts"
        hosts.write_text(f"127.0.0.1 {INSIDE} {OUTSIDE}\n")
        self.client_environment = {"LD_PRELOAD": "libnss_wrapper.so", "NSS_WRAPPER_HOSTS": str(hosts)}
        self.trust = str(self.directory / "client-trust.pem")
        self.environment = {
            "NUNCIO_ACME_ACCEPT_TERMS": "true",
            "NUNCIO_ACME_DIRECTORY": f"https://127.0.0.1:{self.authority_port}/dir",
            "NUNCIO_DNSSEC_RESOLVERS": f"127.0.0.1:{self.resolver_port}",
        }

    def start_nuncio(self) -> None:
        self.nuncio = SecureServer(self.processes, self.program, self.environment)

    def start_resolver(self) -> None:
        self.resolver = Resolver(self.processes, self.nuncio, self.resolver_port)

    def start_authority(
        self, settings: Mapping[str, object] | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self.authority = CertificateAuthority(
            self.processes, self.resolver, port=self.authority_port, settings=settings, environment=environment
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


class NamedConnection(HTTPSConnection):
    """A connection to the server by a name that only the lab knows."""

    def __init__(self, lab: SecureLab, root: str | None = ROOT, name: str = INSIDE) -> None:
        context = ssl.create_default_context(cafile=lab.directory / root if root else None)
        if root is None:
            # Nobody vouches for the certificate of a server that has none yet.
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        super().__init__(name, lab.nuncio.http_port, timeout=patiently(10))
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


def trust_root(lab: SecureLab) -> None:
    """The clients trust the authority's server and its certificates, as they trust a public one's."""
    fetch_root(lab)
    Path(lab.trust).write_text("".join((lab.directory / name).read_text() for name in (TRUST, ROOT)))
    lab.client_environment["SSL_CERT_FILE"] = lab.trust


def pending(lab: SecureLab) -> None:
    """The port is bound and answers 503, and the status says what is missing."""
    connection = NamedConnection(lab, root=None)
    status, body = connection.get("/health")
    connection.close()
    if status != 503 or json.loads(body)["error"] != "certificate_pending":
        raise LabError(f"GET /health must be 503 certificate_pending, and is {status} {body}")
    standing = lab.certificate()
    names = [challenge["name"] for challenge in cast("list[dict[str, str]]", standing["challenges"])]
    if names != [f"_acme-challenge.{INSIDE}", f"_acme-challenge.{OUTSIDE}"] or standing["state"] == "valid":
        raise LabError(f"nuncio certificate status says {standing}")


def alias_missing(lab: SecureLab) -> None:
    """No order is made while the record outside is missing, and the problem names the record."""
    standing = lab.certificate("renew")
    problem = str(standing.get("last_problem"))
    if standing["state"] == "valid" or f"_acme-challenge.{OUTSIDE}" not in problem or "CNAME" not in problem:
        raise LabError(f"The missing record is not told: {standing}")


def first_certificate(lab: SecureLab) -> None:
    challenges = cast("list[dict[str, str]]", lab.certificate()["challenges"])
    lab.parent_zone.add_cname(OUTSIDE, challenges[1]["cname"])
    lab.resolver.read_zones_again(OUTSIDE)
    standing = lab.certificate("renew")
    if standing["state"] != "valid" or standing.get("last_problem"):
        raise LabError(f"There is no certificate: {standing}")
    if lab.get() != 200:
        raise LabError("The API does not answer 200 over the new certificate")
    for name in (INSIDE, OUTSIDE):
        connection = NamedConnection(lab, name=name)
        connection.get("/health")
        connection.close()


def renewal_beside_a_kept_connection(lab: SecureLab) -> None:
    kept = NamedConnection(lab)
    kept.get("/health")
    former = kept.serial
    if lab.certificate("renew")["state"] != "valid":
        raise LabError("The renewal failed")
    fresh = NamedConnection(lab)
    fresh.get("/health")
    if fresh.serial == former:
        raise LabError("A new connection still has the former certificate")
    if kept.get("/health")[0] != 200 or kept.serial != former:
        raise LabError("The kept connection does not go on")
    for connection in (kept, fresh):
        connection.close()


def restart(lab: SecureLab) -> None:
    """A restart shows the certificate at once, and orders none."""
    connection = NamedConnection(lab)
    connection.get("/health")
    former = connection.serial
    connection.close()
    lab.restart_nuncio()
    connection = NamedConnection(lab)
    if connection.get("/health")[0] != 200 or connection.serial != former:
        raise LabError("A restart does not show the certificate that was there")
    connection.close()


def revocation(lab: SecureLab) -> None:
    connection = NamedConnection(lab)
    connection.get("/health")
    former = connection.serial
    connection.close()
    standing = lab.certificate("revoke")
    connection = NamedConnection(lab)
    connection.get("/health")
    if standing["state"] != "valid" or connection.serial == former:
        raise LabError(f"After the revocation there must be another certificate: {standing}")
    connection.close()


def client(lab: SecureLab, kind: type[Client], label: str) -> None:
    """A client enrols over HTTPS and obtains its own certificate."""
    one = kind(lab, f"{label}.{PARENT_ZONE}")
    one.register()
    lab.parent_zone.add_cname(one.domain, one.delegate)
    lab.resolver.read_zones_again(one.domain)
    issued = one.issue()
    verify_chain(lab, issued)
    verify_names(lab, issued, one.names)


# What Pebble is made to do: Debian's 2.4.0 reads these.
ROUGH: tuple[dict[str, object], dict[str, str]] = (
    {"certificateValidityPeriod": 518_400},
    {"PEBBLE_WFE_NONCEREJECT": "50", "PEBBLE_CHAIN_LENGTH": "2"},
)
REUSING: tuple[dict[str, object], dict[str, str]] = (
    {},
    {"PEBBLE_WFE_NONCEREJECT": "20", "PEBBLE_AUTHZREUSE": "100", "PEBBLE_ALTERNATE_ROOTS": "1"},
)


def run_cases(lab: SecureLab, report: Report) -> None:
    def bring_up() -> None:
        lab.start_nuncio()

    def bring_up_others() -> None:
        lab.start_resolver()
        lab.start_authority(*ROUGH)
        trust_root(lab)

    def authority_that(settings: Mapping[str, object], environment: Mapping[str, str]) -> None:
        lab.restart_authority(settings, environment)
        trust_root(lab)
        if lab.certificate("renew")["state"] != "valid":
            raise LabError("The authority that has lost its accounts gives no certificate")

    def stop() -> None:
        complaints = lab.stop()
        if complaints:
            raise LabError("\n".join(complaints))

    cases: list[tuple[str, Callable[[], None]]] = [
        ("nuncio starts without a certificate", bring_up),
        ("it answers 503 and says which records it needs", partial(pending, lab)),
        ("Unbound and Pebble start, which refuses half of all nonces", bring_up_others),
        ("without its record outside, nothing is ordered", partial(alias_missing, lab)),
        ("the first certificate, for a name inside the zone and one outside", partial(first_certificate, lab)),
        ("a renewal while a client keeps its connection", partial(renewal_beside_a_kept_connection, lab)),
        ("a restart orders nothing", partial(restart, lab)),
        ("a revocation brings another certificate", partial(revocation, lab)),
        ("an authority that has lost its accounts, and reuses authorizations", partial(authority_that, *REUSING)),
        ("an authority that refuses no nonce", partial(authority_that, {}, {})),
        ("certbot over HTTPS", partial(client, lab, Certbot, "certbot")),
        ("dehydrated with curl over HTTPS", partial(client, lab, Dehydrated, "dehydrated")),
        ("lego with nuncio publish over HTTPS", partial(client, lab, Lego, "lego")),
        ("all of them end on SIGTERM", stop),
    ]
    for title, body in cases:
        report.case(title, body)
        if report.failed:
            return


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m Interop.own_certificate", description=summary(__doc__))
    parser.add_argument("--nuncio", required=True, type=program, metavar="PATH", help="the program to test")
    nuncio = parser.parse_args().nuncio
    prepared = subprocess.run([INTEROP / "prepare.sh"], stdin=subprocess.DEVNULL, check=False)
    if prepared.returncode != 0:
        return prepared.returncode
    report = Report()
    with SecureLab(nuncio, "nuncio-own-certificate-") as lab:
        run_cases(lab, report)
    if report.failed:
        for server in ("nuncio", "unbound", "pebble"):
            log = lab.processes.log_of(server)
            print(f"\n--- the end of {log}\n{last_lines(log, 30)}")
        print(f"\nAll logs are in {lab.processes.logs}")
    else:
        shutil.rmtree(lab.directory)
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
