"""BIND, NSD and Knot as secondaries of nuncio, compared with it after each change.

After each change of the primary they are told to look for a new serial, and must then have the zone as the primary gives it,
record by record.

    .lab/venv/bin/python -m Interop.secondaries --nuncio .build/debug/nuncio
    .lab/venv/bin/python -m Interop.secondaries --nuncio .build/debug/nuncio --keep

Needs what Interop/prepare.sh installs, and the Debian packages bind9, bind9-utils, knot and nsd; ./check installs them. Prints
a line for each change, and at the end "N passed, N failed"; exit status 0 if none failed. About 50 seconds.
"""

import argparse
import sys

from Interop.patience import patiently
from Interop.processes import Processes
from Interop.runs import Run, program, summary
from Interop.secondaries.changes import Changes
from Interop.secondaries.comparing_copies import PRIMARY, Comparison, Table
from Interop.secondaries.kills import compare_after_kills
from Interop.secondaries.large_zones import compare_contents, write_zone_files
from Interop.secondaries.pairs import compare_meanwhile
from Interop.secondaries.primary import ZONE, Primary
from Interop.secondaries.secondaries import ALL, Secondary
from Interop.secondaries.takeover import take_over, take_over_at_the_end
from Interop.secondaries.transfers import History, changes_since, transfer

SECONDS = patiently(120)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m Interop.secondaries",
        description=summary(__doc__),
        epilog="example: .lab/venv/bin/python -m Interop.secondaries --nuncio .build/debug/nuncio",
    )
    parser.add_argument("--nuncio", type=program, required=True, metavar="PATH", help="the program to test")
    parser.add_argument("--keep", action="store_true", help="leave the files of the run, as after a failure")
    arguments = parser.parse_args()
    with Run("secondaries", SECONDS, programs=[arguments.nuncio.parent], keep=arguments.keep) as run:
        table = Table()
        try:
            compare(run.processes, str(arguments.nuncio), table)
        finally:
            run.passed, run.failed = table.passed, table.failed
    return run.conclude()


def compare(processes: Processes, program: str, table: Table) -> None:
    table.print_head()
    primary = Primary(processes, program)
    contents = write_zone_files(processes.directory)
    primary.settings.zone_files |= contents
    primary.start()
    history = History()
    zones = (ZONE, *(f"{name}." for name in primary.settings.zone_files))
    secondaries = [kind(processes, primary.port, zones) for kind in ALL]
    comparison = Comparison(table, history, primary, secondaries)
    compare_contents(primary, comparison, list(contents))
    changes = Changes(primary, comparison)
    changes.run()
    table.add(
        "a copy with the serial gets one SOA record for IXFR by TCP",
        history.latest(ZONE),
        {PRIMARY: wrong_with_current_copies(primary)},
    )
    compare_meanwhile(primary, history, comparison, table)
    compare_after_kills(primary, history, comparison, table)
    changes.create_below_a_zone_file()
    look_at_logs(secondaries, table, list(contents))
    take_over(processes, program, table)
    take_over_at_the_end(processes, program, table)


def wrong_with_current_copies(primary: Primary) -> list[str]:
    """IXFR from the present serial or a later one gets one SOA record, from an earlier one the whole zone."""
    wanted = transfer(primary.port, ZONE)
    wrong = []
    for serial in (wanted.serial, wanted.serial + 1):
        records = changes_since(primary.port, ZONE, serial)
        if len(records) != 1 or records[0] not in wanted.records:
            wrong.append(f"IXFR from {serial} is answered with {len(records)} records")
    records = changes_since(primary.port, ZONE, wanted.serial - 1)
    if frozenset(records) != wanted.records or len(records) != len(wanted.records) + 1:
        wrong.append(f"IXFR from {wanted.serial - 1} is not answered with the whole zone, but with {len(records)} records")
    return wrong


def look_at_logs(secondaries: list[Secondary], table: Table, gone: list[str]) -> None:
    table.add(
        "nothing is wrong in their logs", None, {secondary.name: secondary.complaints(gone)[:5] for secondary in secondaries}
    )


if __name__ == "__main__":
    sys.exit(main())
