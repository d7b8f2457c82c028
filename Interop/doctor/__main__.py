"""Domains that are broken in one way each, and sound ones, in a network namespace: what `nuncio doctor` says of each."""

import argparse
import sys
from pathlib import Path

from Interop.internet.outside import run_in_namespace
from Interop.patience import patiently
from Interop.runs import program

SECONDS = patiently(120)
PACKAGES = ("knot", "pdns-backend-bind", "pdns-server")


def main() -> int:
    arguments = parse()
    if arguments.inside:
        from Interop.doctor.lab_of_domains import run  # needs dnspython, which only the Python inside is sure to have

        return run(arguments)
    return run_in_namespace(
        __package__, "the lab of domains", PACKAGES, None if arguments.keep_running else SECONDS, arguments.keep_running
    )


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m Interop.doctor", description=__doc__)
    parser.add_argument("--nuncio", type=program, required=True, metavar="PATH", help="the program to test")
    parser.add_argument("--only", metavar="WORD", help="only domains with the word in their names, and nothing else")
    parser.add_argument("--seed", type=int, default=1, help="of the random changes; 1 by default")
    parser.add_argument("--show", action="store_true", help="show what the doctor says of each domain")
    parser.add_argument("--keep-running", action="store_true", help="start everything, ask nothing, and give a shell inside")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
