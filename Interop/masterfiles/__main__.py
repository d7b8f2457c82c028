"""Compares how nuncio and BIND read master files, record by record and file by file.

The files are made-up ones, broken ones, and those that other packages bring.

    .lab/venv/bin/python -m Interop.masterfiles --nuncio .build/debug/nuncio
    .lab/venv/bin/python -m Interop.masterfiles --nuncio .build/debug/nuncio --seed 7 --records 20000 --files /path/to/zones

Needs what Interop/prepare.sh installs, and the Debian packages bind9-utils, knot-dnssecutils and nsd. Prints the differences,
and at the end "N passed, N failed"; exit status 0 if none failed.
"""

import argparse
import os
import random
import re
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.rdata
import dns.rdatatype

from Interop.masterfiles import nuncio_reader, other_readers
from Interop.masterfiles.known_differences import KNOWN_DIFFERENCES, WHOLE_FILES
from Interop.masterfiles.record_generator import Generator
from Interop.nuncio_server import CONFIGURATION, ZONE
from Interop.processes import LabError, Processes, free_port

OTHERS = "file of others"
RRSIG = 46
HEAD = "$TTL 3600\n@ IN SOA ns host 1 2 3 4 5\n@ IN NS ns.elsewhere.test.\n"
# The folders where installed packages keep zones, some of them as examples.
PACKAGED = ["/etc/bind", "/usr/share/dns", "/etc/nsd", "/etc/knot", "/usr/share/doc"]


@dataclass
class Case:
    """A file, and its outcome at BIND."""

    origin: str
    path: Path
    kind: str
    outcome: other_readers.Outcome | None = None

    @property
    def octets(self) -> str:
        return self.path.read_bytes().decode("latin-1")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m Interop.masterfiles", description=__doc__.split("\n")[0])
    parser.add_argument("--nuncio", type=Path, required=True, metavar="PATH", help="the program to test")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--records", type=int, default=3000, help="how many records to make up")
    parser.add_argument("--files", type=Path, action="append", default=[], metavar="FOLDER", help="more zone files to compare")
    arguments = parser.parse_args()
    program = arguments.nuncio.resolve()
    if not (program.is_file() and os.access(program, os.X_OK)):
        parser.error(f"{program} is not a program")
    print(f"seed {arguments.seed}", flush=True)

    folder = Path(tempfile.mkdtemp(prefix="nuncio-masterfiles-"))
    zones = folder / "zones"
    zones.mkdir()
    processes = Processes(folder, [])
    try:
        comparison = Comparison(str(program), zones, processes)
        cases = list(make_cases(zones, Generator(arguments.seed), arguments.records, arguments.files))
        comparison.run(cases)
        comparison.run_in_place([case for path in [*map(Path, PACKAGED), *arguments.files] for case in files_of_others(path)])
        passed, failed = comparison.passed, comparison.failed
    except LabError as error:
        passed, failed = 0, 1
        print(error, file=sys.stderr)
    finally:
        for complaint in processes.stop():
            print(complaint, file=sys.stderr)
    if failed:
        print(f"The files are in {folder}; seed {arguments.seed}", file=sys.stderr)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


# MARK: The cases


def make_cases(folder: Path, generator: Generator, records: int, more: list[Path]):
    count = 0

    def case(kind: str, text: str, encoding="latin-1") -> Case:
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


def files_of_others(folder: Path):
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


# MARK: The comparison


class Comparison:
    def __init__(self, program: str, folder: Path, processes: Processes):
        self.program, self.folder, self.processes = program, folder, processes
        self.passed = self.failed = 0
        self.differences: dict[str, int] = {}

    def run(self, cases: list[Case]):
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for case, outcome in zip(cases, pool.map(lambda case: other_readers.compile_zone(case.origin, case.path), cases)):
                case.outcome = outcome
        configuration = self.folder.parent / "check.yaml"
        configuration.write_text(CONFIGURATION.format(zone=ZONE, dns_port=free_port(), http_port=free_port()))
        refused = nuncio_reader.refused_files(self.program, self.folder, configuration)
        taken = []
        for case in cases:
            reason = refused.get(case.path.name)
            if reason is None:
                taken.append(case)
            else:
                case.path.rename(self.folder.parent / case.path.name)
                case.path = self.folder.parent / case.path.name
            self.compare_decisions(case, reason)
        self.compare_records(taken, configuration)
        self.summarise(cases)

    def run_in_place(self, cases: list[Case]):
        configuration = self.folder.parent / "check.yaml"
        again = self.folder.parent / "again.zone"
        for case in cases:
            case.outcome = other_readers.compile_zone(case.origin, case.path)
            text, reason = nuncio_reader.records_of_file(self.program, case.origin, case.path, configuration)
            self.compare_decisions(case, reason)
            if reason is None and case.outcome.records is not None:
                again.write_text(text)
                outcome = other_readers.compile_zone(case.origin, again)
                if without_ttl_of_signatures(outcome.records) != without_ttl_of_signatures(case.outcome.records):
                    self.fail(
                        case,
                        "other records\n"
                        + outcome.said[:300]
                        + describe(
                            (outcome.records or set()) - case.outcome.records, case.outcome.records - (outcome.records or set())
                        ),
                    )
                else:
                    self.passed += len(case.outcome.records)
        self.summarise(cases)

    def compare_decisions(self, case: Case, reason: str | None):
        read_by_bind = case.outcome.records is not None
        if read_by_bind == (reason is None):
            self.passed += 1
            return
        for name, belongs in KNOWN_DIFFERENCES.items():
            if belongs(case, reason):
                self.differences[name] = self.differences.get(name, 0) + 1
                self.passed += 1
                return
        if reason is None:
            # A file that one of the others takes may be taken, too.
            others = other_readers.others_that_read(case.origin, case.path)
            if others:
                name = "read by " + " and ".join(others) + ", not by BIND"
                self.differences[name] = self.differences.get(name, 0) + 1
                self.passed += 1
                return
            self.fail(case, f"taken; BIND: {case.outcome.said.strip()[:300]}")
        else:
            self.fail(case, f"refused: {reason}")

    def compare_records(self, cases: list[Case], configuration: Path):
        printed = nuncio_reader.printed_records(self.program, self.folder, configuration)
        server = nuncio_reader.ZoneServer(self.processes, self.program, self.folder)
        again = self.folder.parent / "again"
        again.mkdir()
        for case in cases:
            if case.outcome.records is None:
                continue
            origin = case.origin + "."
            own = server.records(origin)
            wanted = {record for record in case.outcome.records}
            if own != wanted:
                self.fail(case, "other records\n" + describe(own - wanted, wanted - own))
                continue
            text = printed.get(origin)
            if text is None:
                self.fail(case, "its records are not printed")
                continue
            file = again / case.path.name
            file.write_text("\n".join(text) + "\n")
            outcome = other_readers.compile_zone(case.origin, file)
            if outcome.records != wanted:
                self.fail(
                    case,
                    f"printed otherwise than it is read\n{outcome.said[:500]}"
                    + describe(outcome.records or set(), wanted - (outcome.records or set())),
                )
                continue
            problem = self.read_by_dnspython(text, wanted)
            if problem:
                self.fail(case, problem)
                continue
            self.passed += len(own)

    def read_by_dnspython(self, lines: list[str], wanted: set[tuple]) -> str | None:
        octets = {(record[1], record[3]) for record in wanted}
        for line in lines:
            _, _, _, rdtype, *data = line.split(" ", 4)
            try:
                number = dns.rdatatype.from_text(rdtype)
            except dns.exception.DNSException:
                continue
            if dns.rdata.get_rdata_class(1, number) is dns.rdata.GenericRdata:
                continue
            try:
                value = dns.rdata.from_text(1, number, "".join(data))
                problem = None if (int(number), value.to_wire()) in octets else "reads other octets"
            except dns.rdatatype.UnknownRdatatype:
                continue  # one of the types that a bitmap lists
            except (dns.exception.DNSException, ValueError) as error:
                problem = f"does not read it ({error})"
            # dnspython takes some values in no form.
            if problem and all(self.is_value_of_dnspython(number, data) for rdtype, data in octets if rdtype == number):
                return f"dnspython {problem}: {line}"
        return None

    @staticmethod
    def is_value_of_dnspython(rdtype: int, octets: bytes) -> bool:
        try:
            value = dns.rdata.from_wire(1, rdtype, octets, 0, len(octets))
            return dns.rdata.from_text(1, rdtype, value.to_text()).to_wire() == octets
        except (dns.exception.DNSException, ValueError):
            return False

    def fail(self, case: Case, what: str):
        self.failed += 1
        if self.failed > 40:
            return
        text = case.octets
        print(
            f"\n{case.kind} {case.path.name if case.kind != OTHERS else case.path}: {what}\n    "
            + (text.removeprefix(HEAD)[:400]).replace("\n", "\n    ")
        )

    def summarise(self, cases: list[Case]):
        for kind in dict.fromkeys(case.kind for case in cases):
            of_kind = [case for case in cases if case.kind == kind]
            read = sum(case.outcome.records is not None for case in of_kind)
            records = sum(len(case.outcome.records or ()) for case in of_kind)
            print(f"{kind}: {len(of_kind)} files, {read} of them read by BIND, {records} records")
        for name, count in self.differences.items():
            print(f"known difference, {count} files: {name}")
        self.differences.clear()


def without_ttl_of_signatures(records: set[tuple] | None) -> set[tuple]:
    """BIND makes several RRsets of one name's signatures over several types; here they are one, with one TTL."""
    return {record[:2] + (None,) + record[3:] if record[1] == RRSIG else record for record in records or ()}


def describe(extra: set[tuple], missing: set[tuple]) -> str:
    def line(sign, record):
        owner, rdtype, ttl, data = record
        return f"      {sign} {owner} {ttl} {rdtype} {data.hex()[:200]}\n"

    return "".join([line("+", record) for record in sorted(extra)[:5]] + [line("-", record) for record in sorted(missing)[:5]])


if __name__ == "__main__":
    sys.exit(main())
