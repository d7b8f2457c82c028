"""A self-signed certificate for DNS over TLS: testssl looks at the way the server speaks TLS."""

from dataclasses import dataclass
from pathlib import Path

from Interop.internet.addresses import ZONE_ADDRESSES
from Interop.processes import Processes


@dataclass(frozen=True)
class Tls:
    port: int
    certificate: Path
    key: Path


def make_certificate(processes: Processes, port: int) -> Tls:
    made = Tls(port, processes.directory / "tls.crt", processes.directory / "tls.key")
    names = ",".join(f"DNS:{name}" for name in ZONE_ADDRESSES)
    processes.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-noenc",
            "-days",
            "30",
            "-subj",
            f"/CN={next(iter(ZONE_ADDRESSES))}",
            "-addext",
            f"subjectAltName={names}",
            "-out",
            str(made.certificate),
            "-keyout",
            str(made.key),
        ]
    )
    return made
