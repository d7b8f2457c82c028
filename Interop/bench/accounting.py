"""The resources that a server's processes used, by the kernel's own accounting."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024


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
    """The nanoseconds that each thread of all processes was on a processor, in user space and in the kernel."""
    taken = {}
    for thread in threads_of(session):
        with suppress(OSError):  # it has ended
            taken[int(thread.name)] = int((thread / "schedstat").read_text().split()[0])
    return taken


def cpu_nanoseconds(session: int) -> int:
    return sum(cpu_of_threads(session).values())


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
