"""Compares both HTTP APIs with docs/openapi.yaml and docs/openapi-operator.yaml.

Schemathesis makes requests up, right and wrong ones; other requests provoke what these do not reach.

    .lab/venv/bin/python -m Interop.openapi --nuncio .build/debug/nuncio

Needs what Interop/prepare.sh installs. Prints a line for each operation, the errors, and at the end "N passed, N failed"; exit
status 0 if none failed.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from Interop.configured_server import ConfiguredServer
from Interop.nuncio_server import ZONE
from Interop.openapi import credentials, operating, refusals, registration
from Interop.openapi.provoking import Provoking
from Interop.patience import patiently
from Interop.places import DOCUMENTS, PROGRAMS, ROOT
from Interop.processes import Processes
from Interop.runs import Run, program, summary

HERE = Path(__file__).resolve().parent
SECONDS = patiently(240)


@dataclass
class API:
    description: Path
    hooks: str
    options: list[str]


# Looks at domains wait for name servers that are not there, for seconds each: refusals.py and operating.py ask for one each.
PUBLIC = API(DOCUMENTS / "openapi.yaml", "holder_hooks", ["--max-examples", "40", "--exclude-operation-id", "diagnose"])
OPERATORS = API(
    DOCUMENTS / "openapi-operator.yaml",
    "operator_hooks",
    # The response to GET trace has no end, and Schemathesis would wait for it: operating.py follows it by hand.
    ["--max-examples", "25", "--exclude-operation-id", "trace", "--exclude-operation-id", "diagnoseAny"],
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m Interop.openapi", description=summary(__doc__))
    parser.add_argument("--nuncio", type=program, required=True, metavar="PATH", help="the program to test")
    nuncio = str(parser.parse_args().nuncio)
    with Run("openapi", SECONDS) as run:
        for part in (validate, generate, provoke):
            passed, failed = part(run.processes, nuncio)
            run.passed, run.failed = run.passed + passed, run.failed + failed
    return run.conclude()


def validate(processes: Processes, nuncio: str) -> tuple[int, int]:
    """Checks that the descriptions are OpenAPI."""
    for api in (PUBLIC, OPERATORS):
        processes.run([sys.executable, "-m", "openapi_spec_validator", str(api.description)])
        print(f"docs/{api.description.name}: OpenAPI 3.1")
    return 2, 0


def generate(processes: Processes, nuncio: str) -> tuple[int, int]:
    """Makes requests up for each operation."""
    public, operators = generate_for(PUBLIC, processes, nuncio), generate_for(OPERATORS, processes, nuncio)
    return public[0] + operators[0], public[1] + operators[1]


def generate_for(api: API, processes: Processes, nuncio: str) -> tuple[int, int]:
    server = ConfiguredServer(processes, nuncio)
    outcome = processes.directory / f"{api.hooks}.json"
    log = processes.log_of(f"schemathesis-{api.hooks}")
    with log.open("w") as file:
        status = subprocess.run(
            [
                PROGRAMS / "schemathesis",
                "--config-file",
                HERE / "schemathesis.toml",
                "run",
                "--no-color",
                *api.options,
                "--url",
                server.url if api is PUBLIC else server.operator_url,
                api.description,
            ],
            cwd=processes.directory,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(processes.directory),
                "LC_ALL": "C.UTF-8",
                "PYTHONPATH": str(ROOT),
                "PYTHONDONTWRITEBYTECODE": "1",
                "SCHEMATHESIS_HOOKS": f"{__package__}.{api.hooks}",
                "NUNCIO_OUTCOME": str(outcome),
                "NUNCIO_URL": server.url,
                "NUNCIO_OPERATOR_URL": server.operator_url,
                "NUNCIO_OPERATOR_TOKEN": server.operator_token,
                "NUNCIO_ZONE": ZONE,
            },
            check=False,
        ).returncode
    complaints = processes.stop()
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    operations = json.loads(outcome.read_text()) if outcome.exists() else []
    for label, cases, failures, statuses in sorted(operations, key=lambda operation: operation[0].split()[::-1]):
        told = ", ".join(f"{status}: {count}" for status, count in statuses)
        print(f"{label}: {cases} requests ({told})" + (f", {failures} NOT AS DESCRIBED" if failures else ""))
    failed = sum(failures > 0 for _, _, failures, _ in operations)
    if status != 0:
        text = log.read_text()
        print(re.sub(r"\A.*?(?==+ (ERRORS|FAILURES) =)", "", text, flags=re.DOTALL), file=sys.stderr)
        failed = max(failed, 1)
    return len(operations) - failed, failed + len(complaints)


def provoke(processes: Processes, nuncio: str) -> tuple[int, int]:
    """Provokes the responses that no made-up request gets."""
    provoking = Provoking(PUBLIC.description, OPERATORS.description, processes, nuncio)
    for subject in (refusals, credentials, registration, operating):
        subject.provoke(provoking)
    provoking.stop()
    wrong = [(what, reason) for what, reason in provoking.outcomes if reason]
    for what, reason in wrong:
        print(f"{what} NOT AS DESCRIBED\n{reason}")
    count = len(provoking.outcomes)
    print(f"provoked: {count} comparisons" + (f", {len(wrong)} NOT AS DESCRIBED" if wrong else ""))
    return count - len(wrong), len(wrong)


if __name__ == "__main__":
    sys.exit(main())
