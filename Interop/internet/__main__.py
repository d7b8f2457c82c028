"""A small internet in one network namespace, in which resolvers and other judges ask one name server."""

import argparse
import sys
from pathlib import Path

from Interop.internet.outside import run_in_namespace
from Interop.patience import patiently
from Interop.runs import program

SECONDS = patiently(170)


def main() -> int:
    arguments = parse()
    if arguments.inside:
        from Interop.internet.inside import run  # needs dnspython, which only the Python inside is sure to have

        return run(arguments)

    packages = ["knot"] if arguments.other == "knot" else []
    packages += ["openssl", "testssl.sh"] if arguments.tls_port else []
    return run_in_namespace(
        __package__, "the small internet", packages, None if arguments.keep_running else SECONDS, arguments.keep_running
    )


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
