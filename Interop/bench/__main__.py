"""Measures nuncio beside NSD, Knot DNS and a bare echo loop, on this machine, over loopback. See Interop/bench/README.md."""

import argparse
import json
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Never

from Interop.bench.against import COMPARED, Against
from Interop.bench.answering import ANSWERING_CASES, QUICK_CASES, Answering
from Interop.bench.failing_cluster import FailingCluster
from Interop.bench.hostile import Hostile
from Interop.bench.https import Https
from Interop.bench.instructions import Instructions
from Interop.bench.machine import describe
from Interop.bench.nodes import Nodes
from Interop.bench.older_build import built
from Interop.bench.parts import Parts
from Interop.bench.results import Results
from Interop.bench.signed import SIGNED_CASES, Signed
from Interop.bench.sizes import Sizes
from Interop.bench.storage import Storage
from Interop.bench.updates import Updates
from Interop.bench.workshop import Workshop
from Interop.processes import LabError
from Interop.runs import program

CASES = ANSWERING_CASES + SIGNED_CASES
CLUSTER_MINUTES, QUICK_CLUSTER_MINUTES = 15, 2
PARTS = ("dns", "memory", "instructions", "parts", "updates", "nodes", "storage", "hostile", "https", "cluster")
MINUTES = 80  # a run that takes longer is ended; with an older program twice that
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    arguments = parse()
    for number in ENDING_SIGNALS:
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    older = arguments.against_program
    if arguments.against is not None:
        try:
            older = built(arguments.against)
        except LabError as error:
            print(f"bench: {error}", file=sys.stderr)
            return 2
    minutes = 2 * MINUTES if older else MINUTES
    signal.signal(signal.SIGALRM, lambda *_: fail(f"not finished after {minutes} minutes"))
    signal.alarm(minutes * 60)
    folder = Path(tempfile.mkdtemp(prefix="nuncio-bench-"))
    workshop = None
    try:
        workshop = Workshop(folder, arguments.nuncio, arguments.acme_dns, arguments.seed, keep=arguments.keep)
        results = Results(describe(arguments.nuncio, folder), settings(arguments, older))
        if older:
            Against(workshop, results, older, arguments.delegates, arguments.rounds, arguments.seconds).run(arguments.only)
        else:
            measure(workshop, results, arguments)
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except Exception:
        traceback.print_exc()  # 1, Python's own status, would say that a goal was missed
        return 3
    finally:
        for number in (*ENDING_SIGNALS, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not interrupt the cleaning
        if workshop is not None:
            workshop.stop()
        if arguments.keep:
            print(f"Configurations and logs are in {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(results.text())
    if arguments.json:
        arguments.json.write_text(json.dumps(results.json(), indent=1, ensure_ascii=False) + "\n")
    missed = [goal.name for goal in results.goals if not goal.is_met]
    print(f"Missed: {'; '.join(missed)}" if missed else f"All {len(results.goals)} goals are met.")
    return 1 if missed and not arguments.ignore_goals else 0


def measure(workshop: Workshop, results: Results, arguments: argparse.Namespace) -> None:
    sizes, rounds, seconds = arguments.delegates, arguments.rounds, arguments.seconds
    usual = sizes[len(sizes) // 2]
    if "dns" in arguments.only:
        kinds: tuple[tuple[type[Answering | Signed], list[str]], ...] = ((Answering, ANSWERING_CASES), (Signed, SIGNED_CASES))
        for kind, known in kinds:
            cases = [case for case in arguments.cases if case in known]
            if cases:
                kind(workshop, results, usual, cases, rounds, seconds).run()
    if "memory" in arguments.only:
        Sizes(workshop, results, sizes, rounds, seconds).run()
    if "instructions" in arguments.only:
        Instructions(workshop, results, min(10_000, usual)).run()
    if "parts" in arguments.only and arguments.instructions:
        Parts(workshop, results, arguments.instructions, arguments.commit_parts).run()
    if "updates" in arguments.only:
        Updates(workshop, results, usual, rounds, seconds).run()
    if "nodes" in arguments.only:
        Nodes(workshop, results, sizes, rounds, seconds).run()
    if "storage" in arguments.only:
        Storage(workshop, results, sizes[-1], rounds).run()
    if "hostile" in arguments.only:
        Hostile(workshop, results, usual, rounds, seconds).run()
    if "https" in arguments.only:
        Https(workshop, results, usual, rounds, seconds).run()
    if "cluster" in arguments.only:
        FailingCluster(workshop, results, QUICK_CLUSTER_MINUTES if arguments.quick else CLUSTER_MINUTES).run()


def settings(arguments: argparse.Namespace, older: Path | None) -> dict[str, str]:
    programs = {"older": f"{older} {arguments.against or ''}".rstrip(), "newer": str(arguments.nuncio)} if older else {}
    return programs | {
        "seed": str(arguments.seed),
        "rounds": f"{arguments.rounds} of {arguments.seconds:g} s",
        "delegates": ", ".join(f"{size:,}" for size in arguments.delegates),
        "parts": ", ".join(arguments.only),
    }


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--nuncio", type=program, required=True, metavar="PATH", help="the program, built in release mode")
    against = parser.add_mutually_exclusive_group()
    against.add_argument("--against", metavar="COMMIT", help="compare with the program of this commit, which is built")
    against.add_argument("--against-program", type=program, metavar="PATH", help="compare with this older program")
    parser.add_argument("--instructions", type=program, metavar="PATH", help="nuncio-instructions, for “parts”")
    parser.add_argument("--commit-parts", action="store_true", help="write the figures of “parts” into instructions.json")
    parser.add_argument("--acme-dns", type=program, metavar="PATH", help="measure this acme-dns too")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, cases and delegates; about 7 minutes")
    parser.add_argument("--only", type=words(PARTS), metavar="PARTS", help=f"of {','.join(PARTS)}")
    parser.add_argument("--cases", type=words(CASES), metavar="CASES", help=f"of {','.join(CASES)}")
    parser.add_argument("--rounds", type=count, metavar="N", help="default 5, quick 3")
    parser.add_argument("--seconds", type=float, metavar="S", help="of each run in a round; default 3, quick 1")
    parser.add_argument("--delegates", type=numbers, metavar="N,N,…", help="default 1000,100000,1000000, quick 1000,100000")
    parser.add_argument("--seed", type=int, default=20261125, metavar="N", help="of names and values; default %(default)s")
    parser.add_argument(
        "--json", type=lambda text: Path(text).resolve(), metavar="FILE", help="everything, each run of each round"
    )
    parser.add_argument("--ignore-goals", action="store_true", help="exit with 0 even if goals are missed")
    parser.add_argument("--keep", action="store_true", help="leave configurations, stores and logs")
    arguments = parser.parse_args()
    quick = arguments.quick
    is_comparison = arguments.against is not None or arguments.against_program is not None
    if is_comparison and not set(arguments.only or COMPARED) <= set(COMPARED):
        parser.error(f"with an older program --only takes {','.join(COMPARED)}")
    arguments.only = arguments.only or list(COMPARED if is_comparison else PARTS)
    arguments.cases = arguments.cases or (QUICK_CASES + SIGNED_CASES if quick else CASES)
    arguments.rounds = arguments.rounds or (3 if quick else 5)
    arguments.seconds = arguments.seconds or (1 if quick else 3)
    arguments.delegates = arguments.delegates or ([1000, 100_000] if quick else [1000, 100_000, 1_000_000])
    if not 0.2 <= arguments.seconds <= 60:
        parser.error("--seconds must be from 0.2 to 60")
    return arguments


def words(known: Sequence[str]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        given = [word.strip() for word in text.split(",")]
        for word in given:
            if word not in known:
                raise argparse.ArgumentTypeError(f"“{word}” is not one of {', '.join(known)}")
        return [word for word in known if word in given]

    return read


def count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 2_000_000:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number from 1 to 2,000,000")
    return int(text)


def numbers(text: str) -> list[int]:
    return sorted({count(word) for word in text.split(",")})


def fail(reason: str) -> Never:
    raise LabError(reason)


if __name__ == "__main__":
    sys.exit(main())
