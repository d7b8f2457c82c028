"""Three nodes over a PostgreSQL pair while nodes, databases and links fail at random: no acknowledged update may be missing.

python3 -m Interop.cluster --nuncio .build/debug/nuncio --minutes 2 --seed 7
python3 -m Interop.cluster --self-test
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from Interop.cluster.cluster_report import print_table, print_violations
from Interop.cluster.cluster_run import ClusterRun, Wishes
from Interop.cluster.fault_kinds import KINDS
from Interop.cluster.hand_made_histories import failed_histories
from Interop.cluster.verdict import Retention, Rule, violations
from Interop.cluster.what_is_lacking import CANNOT, what_is_lacking
from Interop.internet import namespace
from Interop.patience import patiently
from Interop.processes import LabError, Processes, last_lines
from Interop.runs import program, summary

# Values live for an hour, whatever the clocks of nodes say.
RETENTION = Retention(sure_seconds=3500)
KILL_TAKES = 6  # seconds, more than one needs on average


def main() -> int:
    arguments = parse()
    if arguments.self_test:
        return self_test()
    if arguments.inside:
        return run_inside(arguments)
    lacking = what_is_lacking()
    if lacking:
        print(f"THE CLUSTER WAS NOT RUN: {lacking}", file=sys.stderr)
        return CANNOT
    folder = Path(tempfile.mkdtemp(prefix="nuncio-cluster-"))
    folder.chmod(0o755)  # PostgreSQL is another user
    seconds = arguments.minutes * 60 + arguments.kills * KILL_TAKES + patiently(20)
    status = None
    try:
        command = [sys.executable, "-m", __package__, *sys.argv[1:], "--inside", str(folder)]
        status = namespace.run_inside(command, seconds=seconds, interactive=False)
        return status
    finally:
        if status in (0, None) and not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"Configurations and logs are in {folder}", file=sys.stderr)


def run_inside(arguments: argparse.Namespace) -> int:
    print(f"seed {arguments.seed}", flush=True)
    processes = Processes(arguments.inside, [])
    run = ClusterRun(
        processes,
        Wishes(
            nuncio=arguments.nuncio,
            older=arguments.older,
            seconds=arguments.minutes * 60,
            kills=arguments.kills,
            seed=arguments.seed,
            rate=arguments.rate,
            only=arguments.only or [],
            is_unconfirmed=arguments.unconfirmed,
            is_signed=arguments.signed,
        ),
    )
    failure = None
    try:
        run.run()
    except LabError as error:
        failure = str(error)
    found = violations(run.history, RETENTION)
    print_violations(run.history, found)
    print_table(run.history, found)
    if failure:
        print(f"\nFAILED  {failure}")
        for log in sorted(processes.logs.iterdir()):
            print(f"--- {log.name}\n{last_lines(log, 6)}")
        return 1
    if arguments.unconfirmed:
        noticed = any(violation.rule in (Rule.STALE, Rule.DENIED) for violation in found)
        print("\nnodes did not wait for each other, and that was noticed" if noticed else "\nFAILED  nobody noticed")
        return 0 if noticed else 1
    return 1 if found else 0


def self_test() -> int:
    failed = failed_histories()
    for complaint in failed:
        print(f"FAILED  {complaint}")
    return 1 if failed else 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m Interop.cluster", description=summary(__doc__))
    parser.add_argument("--nuncio", type=program, metavar="PATH", help="the program to test")
    parser.add_argument("--older", type=program, metavar="PATH", help="an older one, which nodes are restarted with at times")
    parser.add_argument("--minutes", type=float, default=2, help="of faults; 2 by default")
    parser.add_argument("--kills", type=int, default=0, metavar="N", help="go on until so many processes were killed")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)), help="of the faults; random by default")
    parser.add_argument("--rate", type=float, default=30, help="updates a second; 30 by default")
    parser.add_argument(
        "--only",
        action="append",
        metavar="FAULT",
        help=f"only faults that begin so; of {', '.join(kind.name for kind in KINDS)}",
    )
    parser.add_argument("--unconfirmed", action="store_true", help="nodes do not wait for each other, which must be noticed")
    parser.add_argument("--signed", action="store_true", help="the nodes sign the zone, and Unbound validates")
    parser.add_argument("--self-test", action="store_true", help="judge histories that were made by hand, and run nothing")
    parser.add_argument("--keep", action="store_true", help="leave the files of the run, as after a failure")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.self_test and not arguments.nuncio:
        parser.error("--nuncio or --self-test is needed")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
