"""Outside the namespace: whether there can be one, what must be installed, and the run inside."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from Interop.internet import namespace
from Interop.places import INTERNET_PROGRAMS, INTEROP

CANNOT = 77  # automake's status for "skipped"


def run_in_namespace(package: str, what: str, packages: Sequence[str], seconds: float | None, interactive: bool) -> int:
    """Installs Debian packages, and runs this command again in a namespace, with `--inside` and a new folder.

    Returns its exit status, or `CANNOT` if there can be no namespace.
    """
    reason = namespace.why_impossible()
    if reason:
        print(
            f"{what.upper()} WAS NOT RUN: this machine lets us make no network namespace.\n"
            f"    {reason}\n    Run it as root, or where users may make namespaces.",
            file=sys.stderr,
        )
        return CANNOT

    prepared = subprocess.run([INTEROP / "internet" / "prepare.sh", *packages], stdin=subprocess.DEVNULL, check=False)
    if prepared.returncode != 0:
        return prepared.returncode

    folder = Path(tempfile.mkdtemp(prefix=f"nuncio-{package.rpartition('.')[2]}-"))
    status = None
    try:
        status = namespace.run_inside(
            [str(INTERNET_PROGRAMS / "python"), "-m", package, *sys.argv[1:], "--inside", str(folder)],
            seconds=seconds,
            interactive=interactive,
        )
        return status
    finally:
        if status in (0, None):  # all passed, or the run was interrupted
            shutil.rmtree(folder, ignore_errors=True)
