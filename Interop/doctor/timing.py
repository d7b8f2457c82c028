"""How long the doctor takes: round trips far away from the servers, and processor time near them."""

import resource
import subprocess
import time
from pathlib import Path

from Interop.doctor.cases import Case
from Interop.doctor.distance import FarPlace
from Interop.doctor.examining import Doctor
from Interop.doctor.waterfall import Waterfall
from Interop.processes import LabError

ROUND_TRIP = 0.020  # seconds
# Root, zone above and customer's zone; the same for the delegate; and a connection with its question.
ROUNDS_NEEDED = 8
RUNS = 20
WANTED = 60  # ms of a processor for each domain, which are 1,000 in a minute


def far_away(doctor: Doctor, case: Case, directory: Path) -> tuple[str, str]:
    """Examines a domain far away from all servers. Returns the score and the waterfall."""
    waterfall = Waterfall()
    with FarPlace(ROUND_TRIP / 2, waterfall.packet) as far:
        command = doctor.command(case)
        began = time.monotonic()
        code = far.run(lambda: _run(command, directory))
        ended = time.monotonic()
    drawing = waterfall.drawing(began, ended)
    if code != case.exit_code:
        raise LabError(f"the exit code is {code}\n{drawing}")
    rounds = waterfall.rounds()
    if rounds > 2 * ROUNDS_NEEDED:
        raise LabError(f"{rounds} round trips one after the other, and twice {ROUNDS_NEEDED} is the most\n{drawing}")
    score = (
        f"{len(waterfall.asked)} questions, {rounds} round trips of {ROUND_TRIP * 1000:.0f} ms one after the other, "
        f"{ROUNDS_NEEDED} needed, {(ended - began) * 1000:.0f} ms in all"
    )
    return score, drawing


def processor_time(doctor: Doctor, cases: list[Case], directory: Path) -> str:
    """Examines domains one after the other, beside their servers."""
    commands = [doctor.command(case) for case in cases] * (RUNS // len(cases) + 1)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    for command in commands[:RUNS]:
        _run(command, directory)
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) / RUNS * 1000
    return (
        f"{used:.0f} ms for each domain, and {seconds / RUNS * 1000:.0f} ms with its waits; "
        f"{WANTED} ms are wanted of a release build"
    )


def _run(command: list[str], directory: Path) -> int:
    return subprocess.run(command, cwd=directory, capture_output=True, stdin=subprocess.DEVNULL, check=False).returncode
