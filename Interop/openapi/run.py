#!/usr/bin/env python3
"""Compares the HTTP API with its description in docs/openapi.yaml: Schemathesis makes requests up, right and wrong ones.

    Interop/openapi/run.py --nuncio .build/debug/nuncio

Needs what Interop/prepare.sh installs. Prints a line for each operation, what is wrong, and at the end "N passed, N failed"; exit status
0 if none failed.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # the checkout stays as it was
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
DESCRIPTION = HERE.parent.parent / "docs" / "openapi.yaml"
SECONDS = 240

from nuncio_server import NuncioServer  # noqa: E402
from processes import LabError, Processes  # noqa: E402
from refusals import Refusals  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--nuncio", type=Path, required=True, metavar="PATH", help="the program to test")
    program = parser.parse_args().nuncio.resolve()
    if not (program.is_file() and os.access(program, os.X_OK)):
        parser.error(f"{program} is not a program")

    def end(*_):
        raise LabError(f"not finished after {SECONDS} s, or told to end")

    signal.signal(signal.SIGALRM, end)
    signal.signal(signal.SIGTERM, end)
    signal.alarm(SECONDS)
    folder = Path(tempfile.mkdtemp(prefix="nuncio-openapi-"))
    processes = Processes(folder, [])
    passed, failed = 0, 0
    try:
        for part in (validate, generate, provoke):
            good, bad = part(processes, str(program))
            passed, failed = passed + good, failed + bad
    except LabError as error:
        failed += 1
        print(error, file=sys.stderr)
    finally:
        signal.alarm(0)
        for complaint in processes.stop():
            failed += 1
            print(complaint, file=sys.stderr)
    if failed:
        print(f"Configuration and logs are in {folder}", file=sys.stderr, flush=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def validate(processes: Processes, program: str) -> tuple[int, int]:
    """Whether the description is OpenAPI."""
    processes.run([sys.executable, "-m", "openapi_spec_validator", str(DESCRIPTION)])
    print("docs/openapi.yaml: OpenAPI 3.1")
    return 1, 0


def generate(processes: Processes, program: str) -> tuple[int, int]:
    """Made-up requests to each operation."""
    server = NuncioServer(processes, program)
    outcome = processes.directory / "outcome.json"
    log = processes.log_of("schemathesis")
    with open(log, "w") as file:
        status = subprocess.run(
            [Path(sys.executable).with_name("schemathesis"), "--config-file", HERE / "schemathesis.toml", "run", "--no-color",
             "--url", server.url, DESCRIPTION],
            cwd=processes.directory, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            env={"PATH": os.environ["PATH"], "HOME": str(processes.directory), "LC_ALL": "C.UTF-8", "PYTHONPATH": str(HERE),
                 "PYTHONDONTWRITEBYTECODE": "1", "NUNCIO_URL": server.url, "NUNCIO_OUTCOME": str(outcome)}).returncode
    complaints = processes.stop()
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    operations = json.loads(outcome.read_text()) if outcome.exists() else []
    for label, cases, failures in sorted(operations, key=lambda operation: operation[0].split()[::-1]):
        print(f"{label}: {cases} requests" + (f", {failures} NOT AS DESCRIBED" if failures else ""))
    failed = sum(failures > 0 for _, _, failures in operations)
    if status != 0:
        text = log.read_text()
        print(re.sub(r"\A.*?(?==+ (ERRORS|FAILURES) =)", "", text, flags=re.DOTALL), file=sys.stderr)
        failed = max(failed, 1)
    return len(operations) - failed, failed + len(complaints)


def provoke(processes: Processes, program: str) -> tuple[int, int]:
    """Refusals that no made-up request meets."""
    refusals = Refusals(DESCRIPTION, processes, program)
    refusals.provoke_all()
    wrong = [(what, reason) for what, reason in refusals.outcomes if reason]
    for what, reason in wrong:
        print(f"{what} NOT AS DESCRIBED\n{reason}")
    print(f"limits and other refusals: {len(refusals.outcomes)} comparisons" + (f", {len(wrong)} NOT AS DESCRIBED" if wrong else ""))
    return len(refusals.outcomes) - len(wrong), len(wrong)


if __name__ == "__main__":
    sys.exit(main())
