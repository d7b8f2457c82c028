"""Asks a name server the questions of the scenario files beside this one, and reports the wrong answers.

    python3 -m Interop.scenarios --nuncio .build/debug/nuncio
    python3 -m Interop.scenarios --other nsd
    python3 -m Interop.scenarios --other acme-dns --program /path/to/acme-dns

Prints each failure, and at the end "N passed, N failed"; exit status 0 if none failed.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from Interop.patience import patiently
from Interop.places import PROGRAMS

HERE = Path(__file__).resolve().parent
SECONDS = patiently(120)


def main() -> int:
    arguments = parse()
    if not arguments.prepared:
        prepared = subprocess.run([HERE / "prepare.sh"], stdin=subprocess.DEVNULL)
        if prepared.returncode != 0:
            return prepared.returncode
        python = str(PROGRAMS / "python")
        os.execv(python, [python, "-m", __package__, *sys.argv[1:], "--prepared"])

    # Both need dnspython, which only that Python is sure to have.
    from Interop.processes import LabError, Processes
    from Interop.scenarios.examination import examine
    from Interop.scenarios.scenario import ScenarioError

    def end(*_):
        raise LabError(f"not finished after {SECONDS} s, or told to end")

    signal.signal(signal.SIGALRM, end)
    signal.signal(signal.SIGTERM, end)
    signal.alarm(SECONDS)
    folder = Path(tempfile.mkdtemp(prefix="nuncio-scenarios-"))
    processes = Processes(folder, [])
    passed, failed = 0, 1
    try:
        passed, failed = examine(processes, arguments)
    except (LabError, ScenarioError) as error:
        print(error, file=sys.stderr)
    finally:
        signal.alarm(0)
        for complaint in processes.stop():
            failed += 1
            print(complaint, file=sys.stderr)
    if failed:
        print(f"Configurations and logs are in {folder}", file=sys.stderr, flush=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def parse():
    parser = argparse.ArgumentParser(prog="python3 -m Interop.scenarios", description=__doc__.split("\n")[0])
    tested = parser.add_mutually_exclusive_group(required=True)
    tested.add_argument("--nuncio", type=absolute, metavar="PATH", help="the program to test")
    tested.add_argument("--other", choices=("nsd", "knot", "acme-dns"), help="test this one instead, with the same content")
    parser.add_argument("--program", type=absolute, metavar="PATH", help="acme-dns, which cannot be installed from here")
    parser.add_argument("--only", metavar="TEXT", help="ask only scenarios whose file or title contains this")
    parser.add_argument("--verbose", action="store_true", help="show every query and response")
    parser.add_argument("--prepared", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if (arguments.other == "acme-dns") != (arguments.program is not None):
        parser.error("--other acme-dns needs --program with the path of a built acme-dns; nothing else has that option")
    for program in filter(None, (arguments.nuncio, arguments.program)):
        if not (program.is_file() and os.access(program, os.X_OK)):
            parser.error(f"{program} is not a program")
    return arguments


def absolute(text: str) -> Path:
    return Path(text).resolve()


if __name__ == "__main__":
    sys.exit(main())
