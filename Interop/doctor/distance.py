"""A place that is far from all servers: a network namespace of its own, from which every packet takes its time.

Two TUN devices, one there and one here, are joined by this program, which holds each packet back. The kernel's own means for
that (netem) is not on every machine.
"""

import ctypes
import fcntl
import heapq
import itertools
import os
import queue
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from Interop.internet.addresses import HAS_IPV6
from Interop.processes import LabError

TUN = Path("/dev/net/tun")
_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 1, 0x1000
_ADDRESS, _ADDRESS_6 = "10.99.0.2", "2001:db8:ff::2"
Result = TypeVar("Result")
# Called with each packet, whether it goes to a server, and the time at which it left or came back.
Seen = Callable[[bytes, bool, float], None]


class FarPlace:
    """Runs functions, and the programs that they start, far away. Use it in a `with` statement."""

    def __init__(self, seconds: float, seen: Seen) -> None:
        """A packet takes `seconds` to a server, and as long back."""
        self._seconds, self._seen = seconds, seen
        self._jobs: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._held: list[tuple[float, int, int, bytes, bool]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._live_there, daemon=True)
        self._thread.start()
        self._there = self.run(self._settle_there)
        self._here = _tun("near0")
        _ip("link", "set", "near0", "up")
        _ip("route", "add", _ADDRESS, "dev", "near0")
        if HAS_IPV6:
            _ip("-6", "route", "add", _ADDRESS_6, "dev", "near0")
        for way in ((self._there, self._here, True), (self._here, self._there, False)):
            threading.Thread(target=self._carry, args=way, daemon=True).start()
        threading.Thread(target=self._deliver, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # Threads that read from the devices end with the program.
        self._jobs.put(None)

    def run(self, job: Callable[[], Result]) -> Result:
        """Runs the function there, and returns what it returns."""
        results: queue.Queue[Result | Exception] = queue.Queue()

        def done() -> None:
            try:
                results.put(job())
            except Exception as error:
                results.put(error)

        self._jobs.put(done)
        result = results.get()
        if isinstance(result, Exception):
            raise result
        return result

    def _live_there(self) -> None:
        # A namespace belongs to a thread, and to the programs that it starts.
        self._is_there = _libc.unshare(_CLONE_NEWNET) == 0
        while job := self._jobs.get():
            job()

    def _settle_there(self) -> int:
        if not self._is_there:
            raise LabError("a thread gets no network namespace of its own")
        device = _tun("far0")
        _ip("link", "set", "lo", "up")
        _ip("link", "set", "far0", "up")
        _ip("address", "add", f"{_ADDRESS}/32", "dev", "far0")
        _ip("route", "add", "default", "dev", "far0")
        if HAS_IPV6:
            _ip("-6", "address", "add", f"{_ADDRESS_6}/128", "dev", "far0", "nodad")
            _ip("-6", "route", "add", "default", "dev", "far0")
        return device

    def _carry(self, from_device: int, to_device: int, is_leaving: bool) -> None:
        while packet := os.read(from_device, 65535):
            now = time.monotonic()
            if is_leaving:
                self._seen(packet, True, now)
            with self._changed:
                due = now + self._seconds
                heapq.heappush(self._held, (due, next(self._order), to_device, packet, is_leaving))
                self._changed.notify()

    def _deliver(self) -> None:
        while True:
            with self._changed:
                while not self._held or self._held[0][0] > time.monotonic():
                    self._changed.wait(self._held[0][0] - time.monotonic() if self._held else None)
                _, _, device, packet, is_leaving = heapq.heappop(self._held)
            os.write(device, packet)
            if not is_leaving:
                self._seen(packet, False, time.monotonic())


def _tun(name: str) -> int:
    device = os.open(TUN, os.O_RDWR)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return device


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
