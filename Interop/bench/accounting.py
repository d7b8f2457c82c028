"""The resources that a server's processes used, by the kernel's own accounting."""

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024
CPUCLOCK_SCHED = 2  # of Linux: the scheduler's own count in nanoseconds, as in `schedstat`


def processes_of(session: int) -> list[int]:
    """The processes of a session: each server is started in its own, and NSD forks."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # After the program's name, which is in parentheses and may have any characters: state, parent, group, session.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        if int(fields[3]) == session:
            found.append(int(folder.name))
    return sorted(found)


def threads_of(session: int) -> list[Path]:
    threads: list[Path] = []
    for process in processes_of(session):
        with suppress(OSError):  # it has ended
            threads += Path(f"/proc/{process}/task").iterdir()
    return threads


def cpu_of_threads(session: int) -> dict[int, int]:
    """The nanoseconds that each living thread of all processes was on a processor, in user space and in the kernel."""
    taken = {}
    for thread in threads_of(session):
        with suppress(OSError):  # it has ended
            taken[int(thread.name)] = int((thread / "schedstat").read_text().split()[0])
    return taken


def cpu_nanoseconds(session: int) -> int:
    """The nanoseconds of all processes, with those of threads that have ended: a server's threads may come and go."""
    taken = 0
    for process in processes_of(session):
        with suppress(OSError):  # it has ended
            taken += time.clock_gettime_ns(clock_of(process))
    return taken


def clock_of(process: int) -> int:
    """The clock of a process's time on processors, as clock_getcpuclockid(3) gives it, which Python does not have."""
    return ~process << 3 | CPUCLOCK_SCHED


def pin(session: int, processor: int) -> None:
    for thread in threads_of(session):
        os.sched_setaffinity(int(thread.name), {processor})


@dataclass
class Memory:
    """Memory in octets. Where processes share pages, as NSD's do, the sum of `resident` counts them more than once;
    `proportional` counts a page that n processes share as one n-th for each (PSS)."""

    resident: int
    proportional: int


def memory(session: int) -> Memory:
    resident = proportional = 0
    for process in processes_of(session):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == "Rss":
                resident += int(value.split()[0]) * 1024
            elif name == "Pss":
                proportional += int(value.split()[0]) * 1024
    return Memory(resident, proportional)
