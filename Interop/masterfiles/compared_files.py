"""The files that are compared: whole ones, made-up records, broken ones, and those that other packages bring."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from Interop.masterfiles import other_readers
from Interop.masterfiles.known_differences import WHOLE_FILES
from Interop.masterfiles.record_generator import Generator
from Interop.processes import LabError

OTHERS = "file of others"
HEAD = "$TTL 3600\n@ IN SOA ns host 1 2 3 4 5\n@ IN NS ns.elsewhere.test.\n"
# The folders where installed packages keep zones, some of them as examples.
PACKAGED = ["/etc/bind", "/usr/share/dns", "/etc/nsd", "/etc/knot", "/usr/share/doc"]


@dataclass
class Case:
    """A file, and its outcome at BIND, once that has read it."""

    origin: str
    path: Path
    kind: str
    outcome: other_readers.Outcome | None = None

    @property
    def at_bind(self) -> other_readers.Outcome:
        if self.outcome is None:
            raise LabError(f"BIND has not read {self.path}")
        return self.outcome

    @property
    def octets(self) -> str:
        return self.path.read_bytes().decode("latin-1")


def make_cases(folder: Path, generator: Generator, records: int) -> Iterator[Case]:
    count = 0

    def case(kind: str, text: str, encoding: str = "latin-1") -> Case:
        nonlocal count
        count += 1
        origin = f"c{count}.test"
        path = folder / f"{origin}.zone"
        path.write_bytes(text.encode(encoding))
        return Case(origin, path, kind)

    for text in WHOLE_FILES:
        yield case("whole file", text, "utf-8")
    lines, octets = other_readers.readable_lines(HEAD, [generator.line(f"r{index}") for index in range(records)])
    for start in range(0, len(lines), 50):
        yield case("made-up records", HEAD + "\n".join(lines[start : start + 50]) + "\n")
    for line in lines[: records // 8]:
        yield case("changed record", HEAD + generator.mutated(line) + "\n")
    for rdtype, data in octets[: records // 8]:
        yield case("changed octets", HEAD + f"r 60 IN {generator.generic_of(rdtype, data)}\n")


def files_of_others(folder: Path) -> Iterator[Case]:
    """Files that look like zones, in their own places, with the names of the zones."""
    for file in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if not file.is_file() or file.is_symlink() or file.stat().st_size > 1_000_000 or file.suffix in (".gz", ".xz", ".pcap"):
            continue
        octets = file.read_bytes()
        start = re.search(rb"(?im)^(?:([^\s;#$]\S*))?(?:[ \t(]+(?:\d\w*|IN|CLASS1))*[ \t]+SOA\s", octets)
        if not start or b"\0" in octets:
            continue
        owner = (start[1] or b"@").decode("latin-1")
        origins = re.findall(rb"(?im)^\$ORIGIN[ \t]+(\S+\.)(?=\s)", octets[: start.start()])
        if owner.endswith(".") and owner != ".":
            yield Case(owner, file, OTHERS)
        elif owner == "@" and origins and origins[-1] != b".":
            yield Case(origins[-1].decode("latin-1"), file, OTHERS)
        elif owner == "@":
            yield Case("example.test.", file, OTHERS)
