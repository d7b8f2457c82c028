"""The checks that make a certificate a real one: its chain up to Pebble's root, and the names in it."""

import os
import re
from pathlib import Path

from Interop.certificate_authority import TRUST
from Interop.clients import Issued
from Interop.lab import Lab
from Interop.processes import LabError

ROOT = "root.pem"


def fetch_root(lab: Lab) -> None:
    lab.processes.run(
        [
            "curl",
            "--silent",
            "--show-error",
            "--fail",
            "--max-time",
            "10",
            "--cacert",
            TRUST,
            "--output",
            ROOT,
            lab.authority.root_url,
        ]
    )


def verify_chain(lab: Lab, issued: Issued) -> str:
    """Leaf, intermediate, root: openssl must accept the chain while it trusts only this root."""
    output = lab.processes.run(
        [
            "openssl",
            "verify",
            "-no-CApath",
            "-no-CAstore",
            "-CAfile",
            ROOT,
            "-untrusted",
            _relative(lab, issued.chain),
            _relative(lab, issued.certificate),
        ]
    ).output
    if not output.rstrip().endswith(": OK"):
        raise LabError(f"openssl verify says: {output}")
    return output


def verify_names(lab: Lab, issued: Issued, names: list[str]) -> str:
    """The subject alternative names are exactly these."""
    output = lab.processes.run(
        ["openssl", "x509", "-noout", "-issuer", "-dates", "-ext", "subjectAltName", "-in", _relative(lab, issued.certificate)]
    ).output
    found = re.findall(r"DNS:([^,\s]+)", output)
    if sorted(found) != sorted(names):
        raise LabError(f"The certificate is for {found}, not for {names}")
    return output


def _relative(lab: Lab, file: Path) -> str:
    return os.path.relpath(file, lab.directory)
