"""What Zonemaster and dnsviz say of the same zones: they agree with the doctor, or other-judges.txt says why not."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from Interop.doctor.cases import Case
from Interop.doctor.zones_above import ZonesAbove
from Interop.internet.judges import dnsviz_complaints_of, zonemaster_complaints
from Interop.processes import LabError, Processes

AT_ONCE = 3
# The lab's addresses have no names, and some servers with faults have one address.
OF_THE_LAB = ("NAMESERVER_IP_WITHOUT_REVERSE", "NOT_ENOUGH_IPV6_NS", "NOT_ENOUGH_IPV4_NS")
NOTHING, NOT_ASKED = "-", "/"


@dataclass(frozen=True)
class Row:
    case: Case
    check: str
    zonemaster: str
    dnsviz: str
    reason: str

    def disagreements(self) -> list[str]:
        """Judges that say something else than the doctor, without a reason in the table."""
        has_doctor = self.case.status(self.check) in ("warning", "error")
        judges = (("Zonemaster", self.zonemaster), ("dnsviz", self.dnsviz))
        different = [name for name, said in judges if said != NOT_ASKED and (said != NOTHING) != has_doctor]
        if different and not self.reason:
            return [f"{' and '.join(different)} and the doctor differ, and the table has no reason"]
        if self.reason and not different:
            return ["they agree, and the table has a reason why they do not"]
        return []


def read_rows(file: Path, cases: list[Case]) -> list[Row]:
    by_name = {case.name: case for case in cases}
    rows = []
    for line in file.read_text().splitlines():
        if line and not line.startswith("#"):
            name, check, zonemaster, dnsviz, reason = (part.strip() for part in line.split("|"))
            if name not in by_name:
                raise LabError(f"{file.name} has {name}, which is no domain")
            rows.append(Row(by_name[name], check, zonemaster, dnsviz, reason))
    return rows


class OtherJudges:
    def __init__(self, processes: Processes, above: ZonesAbove, names: dict[str, str]) -> None:
        self._processes, self._above, self._names = processes, above, names

    def complaints(self, row: Row) -> list[str]:
        """What is different from the table, a line for each."""
        case = row.case
        is_target = case.needs_target
        zone = case.target_apex if is_target else case.apex
        name = case.fill("{delegate}" if is_target else "_acme-challenge.{zone}", self._names)
        found = row.disagreements()
        if row.zonemaster != NOT_ASKED:
            said = [
                line
                for line in zonemaster_complaints(self._processes, self._above.hints, zone)
                if not any(word in line for word in OF_THE_LAB)
            ]
            found += _difference("Zonemaster", row.zonemaster, said)
        if row.dnsviz != NOT_ASKED:
            types = "TXT" if is_target and row.check == "dnssec" else ""
            said = dnsviz_complaints_of(self._processes, self._above.root.key_file, [zone, name], types)
            found += _difference("dnsviz", row.dnsviz, said)
        return found

    def judge_all(self, rows: list[Row]) -> list[tuple[Row, list[str]]]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(zip(rows, pool.map(self.complaints, rows), strict=True))


def _difference(judge: str, wanted: str, said: list[str]) -> list[str]:
    if wanted == NOTHING:
        return [f"{judge} should say nothing, and says: {line}" for line in said]
    if any(wanted in line for line in said):
        return []
    return [f"{judge} should say “{wanted}”, and says: {'; '.join(said) or 'nothing'}"]
