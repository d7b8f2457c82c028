"""Instructions of parts of an answer, in memory, compared with the figures that were last committed (instructions.json).

Callgrind counts exactly: a run of N and one of 2 N, the difference divided by N. A difference from the committed figures comes
from the program or the compiler.
"""

import json
from pathlib import Path

from Interop.bench.results import Goal, Results, Table
from Interop.bench.workshop import Workshop
from Interop.processes import LabError, Processes

COMMITTED = Path(__file__).resolve().parent / "instructions.json"
PARTS = ("parse", "look-up", "encode", "txt", "nodata", "nxdomain", "caa", "cookie", "mixed-case")
DELEGATES, TIMES = 1000, 10_000
MOST_GROWTH = 1.02


class Parts:
    def __init__(self, workshop: Workshop, results: Results, program: Path, updates: bool) -> None:
        self._workshop, self._results, self._program, self._updates = workshop, results, program, updates

    def run(self) -> None:
        folder = self._workshop.folder / "parts"
        folder.mkdir()
        processes = Processes(folder, [])
        # Valgrind 3.19 ends at debug information of DWARF 5.
        processes.run(["objcopy", "--strip-debug", str(self._program), "program"], seconds=60)
        committed = json.loads(COMMITTED.read_text()) if COMMITTED.exists() else {}
        table = Table(
            f"Instructions of parts, in memory; {DELEGATES:,} delegates", ["part", "instructions", "committed", "ratio"]
        )
        found = {}
        for part in PARTS:
            self._workshop.progress(f"counting instructions of the part {part}")
            once, twice = (self._count(processes, folder, part, times) for times in (TIMES, 2 * TIMES))
            found[part] = round((twice - once) / TIMES)
            before = committed.get(part)
            ratio = found[part] / before if before else 1.0
            table.rows.append([part, f"{found[part]:,}", f"{before:,}" if before else "–", f"{ratio:.3f}"])
            if not self._updates:
                note = "" if before else "none is committed"
                self._results.goals.append(
                    Goal(f"instructions of {part}, ratio to those committed", ratio, MOST_GROWTH, note=note)
                )
        self._results.tables.append(table)
        self._results.raw["parts"] = found
        if self._updates:
            COMMITTED.write_text(json.dumps(found, indent=2) + "\n")

    def _count(self, processes: Processes, folder: Path, part: str, times: int) -> int:
        counted = folder / f"callgrind.{part}.{times}"
        processes.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counted}", "./program", part, str(DELEGATES), str(times)],
            seconds=120,
        )
        for line in counted.read_text(errors="replace").splitlines():
            if line.startswith("totals: "):
                return int(line.split()[1])
        raise LabError(f"Callgrind counted nothing of the part {part}")
