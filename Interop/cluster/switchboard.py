"""The network between the machines: a program that takes each packet from one and hands it to another, late or never.

Each machine has a TUN device, whose other end this program holds. The kernel's own means for slow links (netem) is not on every
machine. A link has two directions, each of which can be cut or slow by itself.

Standard input takes a line for each change: `FROM TO cut`, `FROM TO SECONDS`, and `FROM TO 0` for a sound direction.
"""

import fcntl
import heapq
import itertools
import os
import select
import socket
import struct
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from Interop.cluster.cluster_hosts import ADDRESSES, NETWORK, being_at

_TUN = Path("/dev/net/tun")
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 1, 0x1000
_DEVICE = "link0"
_MTU = 60_000  # few and large packets for the copy of a database
_QUEUE = 5_000  # packets
READY = "ready"


class Switchboard:
    def __init__(self) -> None:
        self._devices = {host: _attach(host, address) for host, address in ADDRESSES.items()}
        self._host_of_device = {device: host for host, device in self._devices.items()}
        self._host_of_address = {socket.inet_aton(address): host for host, address in ADDRESSES.items()}
        self._states: dict[tuple[str, str], float | None] = {}  # seconds; None: cut
        self._held: list[tuple[float, int, int, bytes]] = []
        self._order = itertools.count()

    def run(self) -> None:
        """Carries packets until the end of standard input."""
        poll = select.epoll()
        for device in (*self._devices.values(), sys.stdin.fileno()):
            poll.register(device, select.EPOLLIN)
        print(READY, flush=True)
        while True:
            wait = max(0.0, self._held[0][0] - time.monotonic()) if self._held else -1
            for device, _ in poll.poll(wait):
                if device != sys.stdin.fileno():
                    self._take_packets(device)
                elif not self._take_order(os.read(device, 65_536).decode()):
                    return
            self._deliver_due()

    def _take_order(self, lines: str) -> bool:
        # The lines come one at a time and are short, so the pipe never cuts one.
        for line in lines.splitlines():
            origin, target, state = line.split()
            self._states[origin, target] = None if state == "cut" else float(state)
        return bool(lines)

    def _take_packets(self, device: int) -> None:
        origin = self._host_of_device[device]
        for _ in range(64):
            try:
                packet = os.read(device, 65_535)
            except BlockingIOError:
                return
            target = self._host_of_address.get(packet[16:20])
            delay = self._states.get((origin, target), 0.0) if target else None
            if target is None or delay is None:
                continue
            if delay:
                due = time.monotonic() + delay
                heapq.heappush(self._held, (due, next(self._order), self._devices[target], packet))
            else:
                _hand_over(self._devices[target], packet)

    def _deliver_due(self) -> None:
        while self._held and self._held[0][0] <= time.monotonic():
            _, _, device, packet = heapq.heappop(self._held)
            _hand_over(device, packet)


def _hand_over(device: int, packet: bytes) -> None:
    with suppress(OSError):  # lost, as on any network
        os.write(device, packet)


def _attach(host: str, address: str) -> int:
    with being_at(host):
        device = os.open(_TUN, os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", _DEVICE.encode(), _IFF_TUN | _IFF_NO_PI))
        for command in (
            ["link", "set", "lo", "up"],
            ["link", "set", _DEVICE, "mtu", str(_MTU), "txqueuelen", str(_QUEUE), "up"],
            ["address", "add", f"{address}/32", "dev", _DEVICE],
            ["route", "add", NETWORK, "dev", _DEVICE, "src", address],
        ):
            subprocess.run(["ip", *command], check=True, stdin=subprocess.DEVNULL)
    return device


if __name__ == "__main__":
    Switchboard().run()
