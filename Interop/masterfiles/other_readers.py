"""The outcome of a master file at other name servers."""

import re
import struct
import subprocess
import tempfile
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import dns.name

# These leave out every check that is about hosts rather than about reading.
LENIENT = [
    "-k",
    "ignore",
    "-i",
    "none",
    "-m",
    "ignore",
    "-M",
    "ignore",
    "-S",
    "ignore",
    "-r",
    "ignore",
    "-T",
    "ignore",
    "-n",
    "ignore",
    "-W",
    "ignore",
]


# Owner, type, TTL, and the octets of the data.
Record = tuple[dns.name.Name, int, int, bytes]


@dataclass
class Outcome:
    """The records; `None` if the file was refused."""

    records: set[Record] | None
    said: str


def compile_zone(origin: str, file: Path) -> Outcome:
    """Runs BIND's named-compilezone, which writes the octets of each record."""
    with tempfile.NamedTemporaryFile(prefix="nuncio-zone-") as output:
        done = subprocess.run(
            ["named-compilezone", *LENIENT, "-F", "raw", "-o", output.name, origin, str(file)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        said = (done.stdout + done.stderr).decode(errors="replace")
        if done.returncode != 0:
            return Outcome(None, said)
        return Outcome(set(read_raw(Path(output.name).read_bytes())), said)


def readable_lines(head: str, lines: list[str]) -> tuple[list[str], list[tuple[int, bytes]]]:
    """The lines of made-up records that BIND takes, and the type and octets of each."""
    origin = "made.test"
    with tempfile.TemporaryDirectory(prefix="nuncio-lines-") as folder:
        file = Path(folder) / "z"
        for _ in range(5):
            # A record may take several lines.
            ends = list(accumulate((line.count("\n") + 1 for line in lines), initial=head.count("\n")))
            file.write_bytes((head + "".join(line + "\n" for line in lines)).encode("latin-1"))
            outcome = compile_zone(origin, file)
            if outcome.records is not None:
                by_owner = {owner: (rdtype, data) for owner, rdtype, _, data in outcome.records}
                owners = [dns.name.from_text(line.split()[0], dns.name.from_text(origin)).canonicalize() for line in lines]
                return lines, [by_owner[owner] for owner in owners]
            wrong = {bisect_left(ends, int(number)) - 1 for number in re.findall(r"(?<![\w.])\S*/z:(\d+):", outcome.said)}
            lines = [line for index, line in enumerate(lines) if index not in wrong]
    raise RuntimeError(f"BIND goes on to refuse made-up records: {outcome.said[-500:]}")


def read_raw(octets: bytes) -> Iterator[Record]:
    """The records of BIND's format “raw”, version 1: a header of six numbers, then one RRset after the other."""
    position = 24
    while position < len(octets):
        length, _, rdtype, _, ttl, count = struct.unpack_from("!IHHHII", octets, position)
        end = position + length
        position += 18
        owner, position = _sized(octets, position)
        name, _ = dns.name.from_wire(owner, 0)
        for _ in range(count):
            data, position = _sized(octets, position)
            yield (name.canonicalize(), rdtype, ttl, data)
        assert position == end, "the format “raw” is another one than this reads"


def _sized(octets: bytes, position: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from("!H", octets, position)
    return octets[position + 2 : position + 2 + length], position + 2 + length


def others_that_read(origin: str, file: Path) -> list[str]:
    """The servers, of NSD and Knot, that take the file."""
    commands = {"NSD": ["nsd-checkzone", origin, str(file)], "Knot": ["kzonecheck", "-o", origin, str(file)]}
    taken = []
    for name, command in commands.items():
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        said = (done.stdout + done.stderr).decode(errors="replace")
        # kzonecheck also judges the zone itself; only what it cannot read counts here.
        if done.returncode == 0 or (name == "Knot" and not re.search(r"error: .*(file|parse|load)", said, re.IGNORECASE)):
            taken.append(name)
    return taken
