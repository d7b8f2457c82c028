"""The functions of nuncio in which the instructions are, and their purposes."""

import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from Interop.processes import LabError, Processes

# The first pattern that matches. Mangled names begin with the module, then the type: `$s3DNS5Query…`, `$s9Authority6LookUp…`.
GROUPS = [
    ("kernel wrappers", r"^(recvmmsg|sendmmsg|datagrams_|clock_gettime|epoll|__libc_|poll|__vdso)"),
    ("encode", r"^\$s3DNS\d+MessageWriter|^\$s9Authority\d+(Reply|Answer)|^\$s9Authority9ResponderV5write"),
    ("look-up", r"^\$s9Delegates|^\$s9Authority\d+(LookUp|Zone)|^\$s3DNS\d+(ASCIICase|NameIndex|WordHash)"),
    ("parse", r"^\$s3DNS|^\$ss4SpanV3DNS"),
    ("order of checks, limits", r"^\$s9Authority"),
    ("listener", r"^\$s10Nameserver|^\$s7Sockets"),
    ("runtime and memory", r"^(_*swift_|\$ss|__mem|_int_|malloc|free|_dl_)"),
]
# A function that never ends has not returned when Callgrind writes its counts: calls from it are then counted as its own.
NEVER_RETURNED = 0.9


@dataclass
class Share:
    name: str
    group: str
    instructions: int

    def raw(self) -> dict[str, Any]:
        return asdict(self)


def shares(processes: Processes, dump: Path, queries: int) -> list[Share]:
    """Each function's own instructions, the most first, without functions that have less than one instruction a query."""
    found: list[Share] = []
    output = processes.run(["callgrind_annotate", "--threshold=100", "--show-percs=no", str(dump)], seconds=120).output
    totals = re.search(r"^ *([\d,]+) +PROGRAM TOTALS", output, re.MULTILINE)
    if not totals:
        raise LabError(f"callgrind_annotate told no total\n{output[:1000]}")
    whole = int(totals.group(1).replace(",", ""))
    for count, place in re.findall(r"^ *([\d,]+) +(\S.*)$", output, re.MULTILINE):
        instructions, name = int(count.replace(",", "")), function(place)
        if queries <= instructions < whole * NEVER_RETURNED:
            found.append(Share(name, group_of(name), instructions))
    demangle(processes, found)
    return sorted(found, key=lambda share: -share.instructions)


def function(place: str) -> str:
    """The function in `file:function [library]`; without debug information the file is `???`."""
    return place.partition(" [")[0].split(":", 1)[-1]


def group_of(name: str) -> str:
    return next((group for group, pattern in GROUPS if re.search(pattern, name)), "other")


def demangle(processes: Processes, shares_: list[Share]) -> None:
    program = shutil.which("swift-demangle")
    mangled = [share.name for share in shares_ if share.name.startswith("$s")]
    if not program or not mangled:
        return
    names = processes.run([program, "--simplified", "--compact", *mangled], announced=False).output.splitlines()
    readable = dict(zip(mangled, names, strict=False))
    for share in shares_:
        share.name = readable.get(share.name, share.name)
