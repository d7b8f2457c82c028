"""The zones of all domains, made from what is different in each, signed, and delegated from the zones above."""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from Interop.doctor.cases import (
    ACCOUNT,
    COMMON_TARGET,
    DELEGATES,
    Case,
    Change,
    Record,
    ZonePlan,
    changed,
)
from Interop.doctor.servers import SERVERS
from Interop.internet.parent_zones import DAY, SignedZone
from Interop.processes import Processes

VALUES = ("Uy0hdS1ZWJlbnV0em5pZXQ0NDIzMTk4NzY1NDMyMTA", "b2RlclNvbnN0aWdlV2VydGVmdWVyRGllUHJ1ZWZ1bmc")
SIGNING_AT_ONCE = 2


@dataclass
class BuiltZone:
    apex: str
    # By the name of a program; several may have the same.
    files: dict[str, Path]
    above: list[Record]
    signed: SignedZone | None


def sound_customer(servers: Iterable[str], delegate: str) -> list[Record]:
    """The records that every customer's zone has, unless it is broken."""
    return [
        *_start(servers),
        Record("@", "A", "192.0.2.80"),
        Record("@", "CAA", f'0 issue "letsencrypt.org; accounturi={ACCOUNT}; validationmethods=dns-01"'),
        Record("_acme-challenge", "CNAME", f"{delegate}."),
    ]


def sound_target(servers: Iterable[str], label: str) -> list[Record]:
    """The records that every delegates' zone has, unless it is broken."""
    return [
        *_start(servers),
        *(Record(label, "TXT", f'"{value}"') for value in VALUES),
        Record(label, "CAA", '0 issue ";"'),
    ]


def _start(servers: Iterable[str]) -> list[Record]:
    return [
        Record("@", "SOA", "ns1 hostmaster 2026113001 3600 600 604800 60"),
        *(record for record in _delegation(servers)),
    ]


def _delegation(servers: Iterable[str]) -> list[Record]:
    """The NS records, and the addresses of the names in them."""
    found = []
    for number, server in enumerate(servers, start=1):
        found.append(Record("@", "NS", f"ns{number}"))
        found += [Record(f"ns{number}", "AAAA" if ":" in address else "A", address) for address in SERVERS[server].addresses]
    return found


class Builder:
    """Makes the zones of one case after the other."""

    def __init__(self, processes: Processes, names: dict[str, str]) -> None:
        self._processes = processes
        self._names = names
        self._folder = processes.directory / "zones"
        self._folder.mkdir()
        self._more_files: dict[str, dict[str, Path]] = {}
        self.customers: list[BuiltZone] = []
        self.targets: list[BuiltZone] = []

    def build(self, cases: list[Case]) -> None:
        common = Case(COMMON_TARGET.removesuffix(f".{DELEGATES}"), "the delegates' zone that most domains share")
        with ThreadPoolExecutor(SIGNING_AT_ONCE) as pool:
            customers = pool.map(self._customer, cases)
            targets = pool.map(self._target, [common, *(case for case in cases if case.needs_target)])
            self.customers = list(customers)
            self.targets = list(targets)

    def add(self, program: str, files: dict[str, Path]) -> None:
        """Further zones of a program."""
        self._more_files.setdefault(program, {}).update(files)

    def files(self) -> dict[str, dict[str, Path]]:
        """The files of each program."""
        found = {program: dict(files) for program, files in self._more_files.items()}
        for zone in (*self.customers, *self.targets):
            for program, file in zone.files.items():
                found.setdefault(program, {})[zone.apex] = file
        return found

    def _customer(self, case: Case) -> BuiltZone:
        delegate = case.fill("{delegate}", self._names)
        return self._build(case, case.apex, case.zone, sound_customer(case.zone.servers, delegate))

    def _target(self, case: Case) -> BuiltZone:
        apex = f"{case.name}.{DELEGATES}"
        return self._build(case, apex, case.target, sound_target(case.target.servers, case.label))

    def _build(self, case: Case, apex: str, plan: ZonePlan, sound: list[Record]) -> BuiltZone:
        def filled(changes: list[Change]) -> list[Change]:
            return [
                Change(
                    change.is_removal,
                    Record(
                        case.fill(change.record.name, self._names),
                        change.record.type,
                        case.fill(change.record.data, self._names),
                    ),
                )
                for change in changes
            ]

        records = changed(sound, filled(plan.changes))
        for name, changes in plan.below.items():
            records += self._below(f"{name}.{apex}", name, plan, filled(changes))
        usual, signed = self._file(apex, apex, plan.signed, records, filled(plan.afterwards))
        files = {SERVERS[server].program: usual for server in plan.servers}
        for server, changes in plan.at.items():
            # A copy that differs is signed with the same key.
            file, _ = self._file(apex, f"{apex}-at-{server}", plan.signed, changed(records, filled(changes)), [], signed)
            files[SERVERS[server].program] = file
        if "faulty" in files:
            files["behind"] = usual
        for program in ("none", "faulty", "nsd-refusing"):
            files.pop(program, None)
        if "nsd-failing" in files:
            files["nsd-failing"] = self._folder / f"{apex}.missing"
        above = _delegation(plan.servers)
        if signed:
            above.append(Record("@", "DS", signed.ds.split("DS", 1)[1].strip()))
        return BuiltZone(apex, files, changed(above, filled(plan.above)), signed)

    def _below(self, apex: str, name: str, plan: ZonePlan, changes: list[Change]) -> list[Record]:
        """Makes a zone below another, at the same servers, and returns the records in the other."""
        file, signed = self._file(apex, apex, plan.signed, changed(_start(plan.servers), changes), [])
        for server in plan.servers:
            self._more_files.setdefault(SERVERS[server].program, {})[apex] = file
        records = [
            Record(name if record.name == "@" else f"{record.name}.{name}", record.type, absolute_data(record, apex))
            for record in _delegation(plan.servers)
        ]
        return [*records, Record(name, "DS", signed.ds.split("DS", 1)[1].strip())] if signed else records

    def _file(
        self,
        apex: str,
        name: str,
        signed: str,
        records: list[Record],
        afterwards: list[Change],
        same_key: SignedZone | None = None,
    ) -> tuple[Path, SignedZone | None]:
        lines = [f"{absolute(record.name, apex)} 300 IN {record.type} {absolute_data(record, apex)}" for record in records]
        if signed == "no":
            file = self._folder / f"{name}.zone"
            file.write_text("".join(line + "\n" for line in lines))
            return file, None
        ends = time.time() + float(signed.removeprefix("nsec3 ")) * DAY
        zone = SignedZone(
            self._processes,
            self._folder,
            apex,
            lines,
            file=name,
            ends=ends,
            same_key=same_key,
            options=["-n"] if signed.startswith("nsec3") else [],
        )
        if afterwards:
            zone.file.write_text(_rewritten(zone.file.read_text(), apex, afterwards))
        return zone.file, zone


def absolute(name: str, apex: str) -> str:
    return f"{apex}." if name == "@" else name if name.endswith(".") else f"{name}.{apex}."


def absolute_data(record: Record, apex: str) -> str:
    """Names in data become absolute; other data are as they are."""
    match record.type:
        case "NS" | "CNAME" | "DNAME":
            return absolute(record.data, apex)
        case "SOA":
            primary, contact, *rest = record.data.split()
            return " ".join([absolute(primary, apex), absolute(contact, apex), *rest])
        case _:
            return record.data


def _rewritten(text: str, apex: str, changes: list[Change]) -> str:
    """The signed file with records added or removed, whose signatures stay."""
    lines = text.splitlines()
    for change in changes:
        owner = absolute(change.record.name, apex)
        if change.is_removal:
            lines = [line for line in lines if line.split()[:1] != [owner] or change.record.type not in line.split()[3:4]]
        else:
            lines.append(f"{owner} 300 IN {change.record.type} {absolute_data(change.record, apex)}")
    return "".join(line + "\n" for line in lines)
