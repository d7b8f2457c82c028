"""Compares how nuncio and BIND read master files, record by record and file by file.

The files are made-up ones, broken ones, and those that other packages bring.

    .lab/venv/bin/python -m Interop.masterfiles --nuncio .build/debug/nuncio
    .lab/venv/bin/python -m Interop.masterfiles --nuncio .build/debug/nuncio --seed 7 --records 20000 --files /path/to/zones

Needs what Interop/prepare.sh installs, and the Debian packages bind9-utils, knot-dnssecutils and nsd. Prints the differences,
and at the end "N passed, N failed"; exit status 0 if none failed.
"""

import argparse
import random
import sys
from pathlib import Path

from Interop.masterfiles.compared_files import PACKAGED, files_of_others, make_cases
from Interop.masterfiles.reader_comparison import Comparison
from Interop.masterfiles.record_generator import Generator
from Interop.runs import Run, program, summary


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m Interop.masterfiles", description=summary(__doc__))
    parser.add_argument("--nuncio", type=program, required=True, metavar="PATH", help="the program to test")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32), help="of the made-up records")
    parser.add_argument("--records", type=int, default=3000, help="how many records to make up")
    parser.add_argument("--files", type=Path, action="append", default=[], metavar="FOLDER", help="more zone files to compare")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)

    with Run("masterfiles") as run:
        zones = run.folder / "zones"
        zones.mkdir()
        comparison = Comparison(str(arguments.nuncio), zones, run.processes)
        try:
            comparison.run(list(make_cases(zones, Generator(arguments.seed), arguments.records)))
            comparison.run_in_place(
                [case for path in [*map(Path, PACKAGED), *arguments.files] for case in files_of_others(path)]
            )
        finally:
            run.passed, run.failed = comparison.passed, comparison.failed
    if run.failed:
        print(f"seed {arguments.seed}", file=sys.stderr)
    return run.conclude()


if __name__ == "__main__":
    sys.exit(main())
