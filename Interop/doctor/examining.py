"""Runs the doctor on domains, several at a time, and compares what it says with the table."""

import json
import shlex
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from Interop.doctor.cases import CHECKS, Case
from Interop.patience import patiently
from Interop.processes import LabError, Processes

AT_ONCE = 6
SECONDS = patiently(60)


@dataclass
class Examined:
    case: Case
    command: list[str]
    exit_code: int
    # By the ids of the checks.
    checks: dict[str, dict[str, Any]]
    # Whether a row of `issuance` allows an account that is not given.
    is_open: bool
    seconds: float
    fill: Callable[[str], str]

    def complaints(self) -> list[str]:
        """What is different from the table, a line for each; empty if all is as it should be."""
        found = []
        for check in CHECKS:
            said = self.checks[check]
            status, words = self.case.status(check), ""
            if expectation := self.case.expected.get(check):
                words = self.fill(expectation.words)
            if said["status"] != status:
                found.append(f"{check} should be {status}, and is {said['status']}: {said['summary']}")
            elif words not in said["summary"]:
                found.append(f"{check} should say “{words}”, and says: {said['summary']}")
        for check, text in self.case.remedies:
            if self.fill(text) not in self.checks[check]["remedy"]:
                found.append(f"the remedies of {check} should have “{self.fill(text)}”: {self.checks[check]['remedy']}")
        if self.is_open != self.case.is_open:
            found.append(f"“another account can obtain a certificate” should be {self.case.is_open}, and is {self.is_open}")
        if self.exit_code != self.case.exit_code:
            found.append(f"the exit code should be {self.case.exit_code}, and is {self.exit_code}")
        return found

    def text(self) -> str:
        lines = [f"{check}: {said['status']}: {said['summary']}" for check, said in self.checks.items()]
        return "\n".join(lines)


class Doctor:
    def __init__(self, processes: Processes, program: Path, means: list[str], names: dict[str, str]) -> None:
        """`means` are options for all domains, as the root hints are; `names` are for the table's place-holders."""
        self._processes = processes
        self._program = str(program)
        self._means = means
        self._names = names

    def command(self, case: Case) -> list[str]:
        options = shlex.split(case.fill(f"{case.options} {case.more_options}", self._names))
        server = ["--config", f"{case.with_server}.yaml"] if case.with_server else []
        domain = case.fill(case.domain, self._names)
        return [self._program, "doctor", domain, *options, *server, *self._means, "--json"]

    def examine(self, case: Case) -> Examined:
        command = self.command(case)
        began = time.monotonic()
        ran = subprocess.run(
            command,
            cwd=self._processes.directory,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        try:
            said = json.loads(ran.stdout)
        except ValueError:
            raise LabError(f"{case.name}: {shlex.join(command)}\n{ran.stdout}{ran.stderr}[{ran.returncode}]") from None
        checks = {check["id"]: check for check in said["checks"]}
        if list(checks) != list(CHECKS):
            raise LabError(f"{case.name}: the checks are {', '.join(checks)}")
        seconds = time.monotonic() - began
        is_open = any(row["allowed"] for row in said["issuance"] if row["account"] == "other")
        return Examined(case, command, ran.returncode, checks, is_open, seconds, lambda text: case.fill(text, self._names))

    def examine_all(self, cases: list[Case]) -> list[Examined]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(self.examine, cases))
