"""Three nodes over a PostgreSQL pair while everything fails, with the program that is measured: Interop/cluster."""

import subprocess
import sys

from Interop.bench.results import Goal, Results, Table
from Interop.bench.workshop import Workshop
from Interop.cluster.what_is_lacking import CANNOT
from Interop.processes import LabError

SIGNED = "with signed zones"
TITLES = ("updates", "answers", "faults", "violations")


class FailingCluster:
    def __init__(self, workshop: Workshop, results: Results, minutes: float) -> None:
        self._workshop, self._results, self._minutes = workshop, results, minutes

    def run(self) -> None:
        self._workshop.progress(f"a cluster in which everything fails, {self._minutes:g} minutes")
        command = [sys.executable, "-m", "Interop.cluster", "--nuncio", str(self._workshop.nuncio), "--signed"]
        command += ["--minutes", f"{self._minutes:g}", "--seed", str(self._workshop.seed)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        lines: list[str] = []
        try:
            for line in process.stdout or []:
                print(line, end="", file=sys.stderr, flush=True)
                lines.append(line.rstrip())
        finally:
            process.terminate() if process.poll() is None else None
            status = process.wait()
        if status == CANNOT:
            raise LabError("The cluster cannot run here: see above, or leave “cluster” out of --only")
        self._results.tables.append(
            Table(f"A cluster in which everything fails, {self._minutes:g} minutes, {SIGNED}", ["", "number"], rows(lines))
        )
        self._results.goals.append(
            Goal("the cluster's run ends with a broken rule or a failure (0: no, 1: yes)", int(status != 0), 0)
        )


def rows(lines: list[str]) -> list[list[str]]:
    """The cluster's own table, which is the last thing that it prints."""
    start = max((index for index, line in enumerate(lines) if line == TITLES[0]), default=len(lines))
    found = []
    title = ""
    for line in lines[start:]:
        if line in TITLES:
            title = line
        elif line.startswith("  "):
            name, _, figure = line.strip().partition("  ")
            found.append([f"{title}: {name}", figure.strip()])
    return found
