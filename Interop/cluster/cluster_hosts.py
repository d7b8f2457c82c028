"""The machines of the laboratory: a network namespace each, and their addresses."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from Interop.processes import LabError

NODES = {"ns1": "10.77.0.1", "ns2": "10.77.0.2", "ns3": "10.77.0.3"}
DATABASES = {"db1": "10.77.1.1", "db2": "10.77.1.2"}
# Clients and the resolver are in the namespace of the program itself.
CLIENT, CLIENT_ADDRESS = "client", "10.77.2.1"
ADDRESSES = {**NODES, **DATABASES, CLIENT: CLIENT_ADDRESS}
NETWORK = "10.77.0.0/16"

ZONE = "d.example.net"
HTTP_PORT = 8080

_NAMESPACES = Path("/run/netns")
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def at(host: str, command: list[str]) -> list[str]:
    """The command as it runs on that machine."""
    return command if host == CLIENT else ["nsenter", f"--net={_NAMESPACES / host}", *command]


@contextmanager
def being_at(host: str) -> Iterator[None]:
    """This thread, and the programs that it starts, are on that machine until the end of the statement."""
    if host == CLIENT:
        yield
        return
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(_NAMESPACES / host, os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(here)
        os.close(here)
        os.close(there)


def _enter(namespace: int) -> None:
    if _libc.setns(namespace, _CLONE_NEWNET) != 0:
        raise LabError(f"a network namespace cannot be entered: {os.strerror(ctypes.get_errno())}")
