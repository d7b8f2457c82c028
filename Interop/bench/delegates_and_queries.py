"""The content of all servers: delegates with two values each, whose names follow from a seed; and the queries for them."""

import base64
import hashlib
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from Interop.loopback import wire_name

ZONE = "delegates.example.net"
VALUES = 2
TYPES = {"A": 1, "SOA": 6, "TXT": 16, "AAAA": 28, "CAA": 257}
# Opcode QUERY, one question, one additional record: EDNS with 4,096 octets, as dnsperf sends.
HEADER = bytes.fromhex("0000 0001 0000 0000 0001")
EDNS = bytes.fromhex("00 0029 1000 00000000 0000")
EDNS_WITH_DO = bytes.fromhex("00 0029 1000 00008000 0000")
MOST_LINES = 1_000_000

# Of a hundred queries in the mixture: those of a certificate authority and its resolver, and those for names that do not exist.
MIXTURE = {"txt": 55, "nodata": 20, "caa": 15, "nxdomain": 10}


@dataclass(frozen=True)
class Key:
    """The credential that publishes a delegate's values."""

    username: str
    text: str

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.text.encode()).digest()


class Content:
    """`count` delegates. The same seed and count give the same content."""

    def __init__(self, count: int, seed: int) -> None:
        self.count, self.seed = count, seed
        numbers = random.Random(f"names {seed}")
        self.labels = [uuid(numbers) for _ in range(count)]

    def values(self) -> Iterator[list[str]]:
        """The values of each delegate, in the order of `labels`."""
        numbers = random.Random(f"values {self.seed}")
        for _ in range(self.count):
            yield [base64.urlsafe_b64encode(numbers.randbytes(32))[:43].decode() for _ in range(VALUES)]

    def keys(self) -> Iterator[Key]:
        """The credential of each delegate, in the order of `labels`."""
        numbers = random.Random(f"keys {self.seed}")
        for _ in range(self.count):
            yield Key(uuid(numbers), base64.urlsafe_b64encode(numbers.randbytes(30)).decode())

    def questions(self, kind: str) -> Iterator[tuple[str, str]]:
        """Names and types of a kind in random order: one for each delegate, but at least 100,000 and at most `MOST_LINES`."""
        numbers = random.Random(f"{kind} {self.seed}")
        lines = min(max(self.count, 100_000), MOST_LINES)
        is_each_once = lines == self.count
        labels = numbers.sample(self.labels, lines) if is_each_once else numbers.choices(self.labels, k=lines)
        kinds = numbers.choices(list(MIXTURE), list(MIXTURE.values()), k=lines) if kind == "mixed" else [kind] * lines
        for label, one in zip(labels, kinds, strict=True):
            if one == "nxdomain":
                yield uuid(numbers), "TXT"
            elif one == "nodata":
                yield label, numbers.choice(("A", "AAAA"))
            else:
                yield label, one.upper()


class QueryFiles:
    """Queries in files, which are made when they are first needed."""

    def __init__(self, folder: Path, content: Content) -> None:
        self._folder, self._content = folder, content
        folder.mkdir(exist_ok=True)

    def text(self, kind: str) -> Path:
        """The queries for dnsperf: a name and a type on each line."""
        file = self._folder / f"{self._content.count}-{kind}.txt"
        if not file.exists():
            with file.open("w") as lines:
                lines.writelines(f"{label}.{ZONE} {type_}\n" for label, type_ in self._content.questions(kind))
        return file

    def octets(self, kind: str, edns: bytes = EDNS) -> Path:
        """The queries for our own client: whole messages, each after its length."""
        file = self._folder / f"{self._content.count}-{kind}{'' if edns == EDNS else '-do'}.queries"
        if not file.exists():
            with file.open("wb") as messages:
                for number, (label, type_) in enumerate(self._content.questions(kind)):
                    message = query(f"{label}.{ZONE}", type_, number & 0xFFFF, edns)
                    messages.write(struct.pack("!H", len(message)) + message)
        return file


def query(name: str, type_: str, identifier: int = 0x4E55, edns: bytes = EDNS) -> bytes:
    return struct.pack("!H", identifier) + HEADER + wire_name(name) + struct.pack("!HH", TYPES[type_], 1) + edns


def uuid(numbers: random.Random) -> str:
    digits = f"{numbers.getrandbits(128) & ~(0xF << 76) | 4 << 76:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
