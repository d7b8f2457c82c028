"""The machines and the links between them, as the faults see them."""

import subprocess
import sys

from Interop.cluster.cluster_hosts import ADDRESSES, CLIENT
from Interop.cluster.switchboard import READY
from Interop.places import ROOT
from Interop.processes import LabError, Processes

Direction = tuple[str, str]


class Network:
    """Makes the machines, and starts the program that carries their packets."""

    def __init__(self, processes: Processes) -> None:
        # Named namespaces are files in /run; the run has a /run of its own, so nothing stays.
        processes.run(["mount", "-t", "tmpfs", "none", "/run"])
        for host in ADDRESSES:
            if host != CLIENT:
                processes.run(["ip", "netns", "add", host])
        log = processes.log_of("switchboard").open("w")
        self._switchboard = subprocess.Popen(
            [sys.executable, "-m", "Interop.cluster.switchboard"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        if not self._switchboard.stdout or self._switchboard.stdout.readline().strip() != READY:
            raise LabError(f"the switchboard did not start: {processes.log_of('switchboard').read_text()}")

    def cut(self, directions: list[Direction]) -> None:
        self._order(directions, "cut")

    def slow(self, directions: list[Direction], seconds: float) -> None:
        self._order(directions, f"{seconds:.3f}")

    def heal(self, directions: list[Direction]) -> None:
        self._order(directions, "0")

    def _order(self, directions: list[Direction], state: str) -> None:
        pipe = self._switchboard.stdin
        if not pipe or self._switchboard.poll() is not None:
            raise LabError("the switchboard has ended")
        for origin, target in directions:
            pipe.write(f"{origin} {target} {state}\n")
        pipe.flush()


def both(one: str, other: str) -> list[Direction]:
    return [(one, other), (other, one)]


def all_links_of(host: str) -> list[Direction]:
    return [direction for other in ADDRESSES if other != host for direction in both(host, other)]
