"""Asks a name server the questions of the scenario files beside this one, and reports the wrong answers.

    python3 -m Interop.scenarios --nuncio .build/debug/nuncio
    python3 -m Interop.scenarios --other nsd
    python3 -m Interop.scenarios --other acme-dns --program /path/to/acme-dns

Prints each failure, and at the end "N passed, N failed"; exit status 0 if none failed.
"""

import argparse
import os
import subprocess
import sys

from Interop.patience import patiently
from Interop.places import INTEROP, PROGRAMS
from Interop.runs import Run, program, summary

SECONDS = patiently(120)


def main() -> int:
    arguments = parse()
    if not arguments.prepared:
        prepared = subprocess.run([INTEROP / "scenarios" / "prepare.sh"], stdin=subprocess.DEVNULL, check=False)
        if prepared.returncode != 0:
            return prepared.returncode
        python = str(PROGRAMS / "python")
        os.execv(python, [python, "-m", "Interop.scenarios", *sys.argv[1:], "--prepared"])

    from Interop.scenarios.examination import examine  # needs dnspython, which only that Python is sure to have

    with Run("scenarios", SECONDS) as run:
        examine(run, arguments)
    return run.conclude()


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m Interop.scenarios", description=summary(__doc__))
    tested = parser.add_mutually_exclusive_group(required=True)
    tested.add_argument("--nuncio", type=program, metavar="PATH", help="the program to test")
    tested.add_argument("--other", choices=("nsd", "knot", "acme-dns"), help="test this one instead, with the same content")
    parser.add_argument("--program", type=program, metavar="PATH", help="acme-dns, which cannot be installed from here")
    parser.add_argument("--only", metavar="TEXT", help="ask only scenarios whose file or title contains this")
    parser.add_argument("--verbose", action="store_true", help="show every query and response")
    parser.add_argument("--prepared", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if (arguments.other == "acme-dns") != (arguments.program is not None):
        parser.error("--other acme-dns needs --program with the path of a built acme-dns; nothing else has that option")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
