"""A small internet in one network namespace, in which resolvers and other judges ask one name server."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from Interop.internet import namespace
from Interop.patience import patiently
from Interop.places import INTERNET_PROGRAMS, INTEROP
from Interop.runs import program

SECONDS = patiently(170)
CANNOT = 77  # automake's status for "skipped"


def main() -> int:
    arguments = parse()
    if arguments.inside:
        from Interop.internet.inside import run  # needs dnspython, which only the Python inside is sure to have

        return run(arguments)

    reason = namespace.why_impossible()
    if reason:
        print(
            "THE SMALL INTERNET WAS NOT RUN: this machine lets us make no network namespace.\n"
            f"    {reason}\n    Run it as root, or where users may make namespaces.",
            file=sys.stderr,
        )
        return CANNOT

    packages = ["knot"] if arguments.other == "knot" else []
    packages += ["openssl", "testssl.sh"] if arguments.tls_port else []
    prepared = subprocess.run([INTEROP / "internet" / "prepare.sh", *packages], stdin=subprocess.DEVNULL, check=False)
    if prepared.returncode != 0:
        return prepared.returncode

    folder = Path(tempfile.mkdtemp(prefix="nuncio-internet-"))
    status = None
    try:
        status = namespace.run_inside(
            [str(INTERNET_PROGRAMS / "python"), "-m", __package__, *sys.argv[1:], "--inside", str(folder)],
            seconds=None if arguments.keep_running else SECONDS,
            interactive=arguments.keep_running,
        )
        return status
    finally:
        if status in (0, None):  # all passed, or the run was interrupted
            shutil.rmtree(folder, ignore_errors=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m Interop.internet", description=__doc__)
    tested = parser.add_mutually_exclusive_group(required=True)
    tested.add_argument("--nuncio", type=program, metavar="PATH", help="the program to test")
    tested.add_argument(
        "--other", choices=("nsd", "knot", "faulty"), help="test this one instead, with the same content; “faulty” must fail"
    )
    parser.add_argument("--tls-port", type=int, metavar="PORT", help="also judge DNS over TLS on this port")
    parser.add_argument("--seed", type=int, default=1, help="of the random questions and zones; 1 by default")
    parser.add_argument("--keep-running", action="store_true", help="start everything, ask nothing, and give a shell inside")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
