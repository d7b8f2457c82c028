"""The outcome of each file at nuncio, compared with that at BIND, and what nuncio prints, as BIND and dnspython read it."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dns.exception
import dns.rdata
import dns.rdatatype
from dns.rdataclass import IN

from Interop.masterfiles import nuncio_reader, other_readers
from Interop.masterfiles.compared_files import HEAD, OTHERS, Case
from Interop.masterfiles.known_differences import KNOWN_DIFFERENCES
from Interop.masterfiles.other_readers import Record
from Interop.nuncio_server import CONFIGURATION, ZONE
from Interop.processes import Processes, free_port

RRSIG = 46


class Comparison:
    def __init__(self, program: str, folder: Path, processes: Processes) -> None:
        self.program, self.folder, self.processes = program, folder, processes
        self.passed = self.failed = 0
        self.differences: dict[str, int] = {}

    def run(self, cases: list[Case]) -> None:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            outcomes = pool.map(lambda case: other_readers.compile_zone(case.origin, case.path), cases)
            for case, outcome in zip(cases, outcomes, strict=True):
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

    def run_in_place(self, cases: list[Case]) -> None:
        configuration = self.folder.parent / "check.yaml"
        again = self.folder.parent / "again.zone"
        for case in cases:
            case.outcome = other_readers.compile_zone(case.origin, case.path)
            text, reason = nuncio_reader.records_of_file(self.program, case.origin, case.path, configuration)
            self.compare_decisions(case, reason)
            if reason is None and case.at_bind.records is not None:
                again.write_text(text)
                outcome = other_readers.compile_zone(case.origin, again)
                if without_ttl_of_signatures(outcome.records) != without_ttl_of_signatures(case.at_bind.records):
                    self.fail(
                        case,
                        "other records\n"
                        + outcome.said[:300]
                        + describe(
                            (outcome.records or set()) - case.at_bind.records, case.at_bind.records - (outcome.records or set())
                        ),
                    )
                else:
                    self.passed += len(case.at_bind.records)
        self.summarise(cases)

    def compare_decisions(self, case: Case, reason: str | None) -> None:
        read_by_bind = case.at_bind.records is not None
        if read_by_bind == (reason is None):
            self.passed += 1
            return
        for name, belongs in KNOWN_DIFFERENCES.items():
            if belongs(reason):
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
            self.fail(case, f"taken; BIND: {case.at_bind.said.strip()[:300]}")
        else:
            self.fail(case, f"refused: {reason}")

    def compare_records(self, cases: list[Case], configuration: Path) -> None:
        printed = nuncio_reader.printed_records(self.program, self.folder, configuration)
        server = nuncio_reader.ZoneServer(self.processes, self.program, self.folder)
        again = self.folder.parent / "again"
        again.mkdir()
        for case in cases:
            if case.at_bind.records is None:
                continue
            origin = case.origin + "."
            own = server.records(origin)
            wanted = set(case.at_bind.records)
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

    def read_by_dnspython(self, lines: list[str], wanted: set[Record]) -> str | None:
        octets = {(record[1], record[3]) for record in wanted}
        for line in lines:
            _, _, _, rdtype, *data = line.split(" ", 4)
            try:
                number = dns.rdatatype.from_text(rdtype)
            except dns.exception.DNSException:
                continue
            if dns.rdata.get_rdata_class(IN, number) is dns.rdata.GenericRdata:
                continue
            try:
                value = dns.rdata.from_text(IN, number, "".join(data))
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
    def is_value_of_dnspython(rdtype: dns.rdatatype.RdataType, octets: bytes) -> bool:
        try:
            value = dns.rdata.from_wire(IN, rdtype, octets, 0, len(octets))
            return dns.rdata.from_text(IN, rdtype, value.to_text()).to_wire() == octets
        except (dns.exception.DNSException, ValueError):
            return False

    def fail(self, case: Case, what: str) -> None:
        self.failed += 1
        if self.failed > 40:
            return
        text = case.octets
        print(
            f"\n{case.kind} {case.path.name if case.kind != OTHERS else case.path}: {what}\n    "
            + (text.removeprefix(HEAD)[:400]).replace("\n", "\n    ")
        )

    def summarise(self, cases: list[Case]) -> None:
        for kind in dict.fromkeys(case.kind for case in cases):
            of_kind = [case for case in cases if case.kind == kind]
            read = len([case for case in of_kind if case.at_bind.records is not None])
            records = sum(len(case.at_bind.records or ()) for case in of_kind)
            print(f"{kind}: {len(of_kind)} files, {read} of them read by BIND, {records} records")
        for name, count in self.differences.items():
            print(f"known difference, {count} files: {name}")
        self.differences.clear()


def without_ttl_of_signatures(records: set[Record] | None) -> set[Record]:
    """BIND makes several RRsets of one name's signatures over several types; here they are one, with one TTL."""
    return {(*record[:2], 0, record[3]) if record[1] == RRSIG else record for record in records or ()}


def describe(extra: set[Record], missing: set[Record]) -> str:
    def line(sign: str, record: Record) -> str:
        owner, rdtype, ttl, data = record
        return f"      {sign} {owner} {ttl} {rdtype} {data.hex()[:200]}\n"

    return "".join([line("+", record) for record in sorted(extra)[:5]] + [line("-", record) for record in sorted(missing)[:5]])
