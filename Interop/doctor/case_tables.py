"""The tables `faults.txt` and `sound.txt`: a paragraph for each domain. The top of `faults.txt` tells the words."""

import datetime
import re
from collections.abc import Iterator
from pathlib import Path

from Interop.doctor.cases import CHECKS, STATUSES, Case, Change, Expectation, Record, ZonePlan
from Interop.internet.addresses import HAS_IPV6
from Interop.processes import LabError


def read_cases(file: Path) -> list[Case]:
    cases = [_case(paragraph, file.name) for paragraph in _paragraphs(file)]
    names = [case.name for case in cases]
    if len(names) != len(set(names)):
        raise LabError(f"{file.name} has two domains of one name")
    return [case for case in cases if HAS_IPV6 or not case.needs_ipv6]


def _paragraphs(file: Path) -> Iterator[list[tuple[int, str]]]:
    found: list[tuple[int, str]] = []
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith("[") and found:
            yield found
            found = []
        found.append((number, line.strip()))
    if found:
        yield found


def _case(lines: list[tuple[int, str]], file: str) -> Case:
    match = re.fullmatch(r"\[([a-z0-9-]+)\] (.+)", lines[0][1])
    if not match:
        raise LabError(f"{file} line {lines[0][0]}: a paragraph begins with “[name] what is different”")
    case = Case(match[1], match[2])
    for number, line in lines[1:]:
        try:
            _read(case, line)
        except (ValueError, LabError) as error:
            raise LabError(f"{file} line {number}: {error}") from None
    return case


def _read(case: Case, line: str) -> None:
    word, _, rest = line.partition(" ")
    match word:
        case "zone":
            _read_plan(case.zone, rest)
        case "target":
            _read_plan(case.target, rest)
        case "domain":
            case.domain = rest
        case "options":
            case.options = rest
        case "more-options":
            case.more_options = rest
        case "label":
            case.label = rest
        case "remedy":
            check, _, text = rest.partition(" ")
            if check not in CHECKS:
                raise ValueError(f"“{check}” is no check")
            case.remedies.append((check, text))
        case "others-allowed":
            case.is_open = True
        case "needs-ipv6":
            case.needs_ipv6 = True
        case "with-server":
            case.with_server = rest
        case "expect":
            check, _, rest = rest.partition(" ")
            status, _, words = rest.partition(": ")
            status, _, last_day = status.partition(" until ")
            if last_day and datetime.date.today() >= datetime.date.fromisoformat(last_day):
                return
            if check not in CHECKS or status not in STATUSES:
                raise ValueError(f"“{line}” has no check and status that are known")
            case.expected[check] = Expectation(status, words)
        case _:
            raise ValueError(f"“{word}” is not known")


def _read_plan(plan: ZonePlan, rest: str) -> None:
    word, _, more = rest.partition(" ")
    match word:
        case "+" | "-":
            plan.changes.append(_change(rest))
        case "above":
            plan.above.append(_change(more))
        case "afterwards":
            plan.afterwards.append(_change(more))
        case "at":
            server, _, change = more.partition(" ")
            plan.at.setdefault(server, []).append(_change(change))
        case "below":
            name, _, change = more.partition(" ")
            plan.below.setdefault(name, []).extend([_change(change)] if change else [])
        case "servers":
            plan.servers = tuple(more.split())
        case "signed":
            plan.signed = more
        case _:
            raise ValueError(f"“{word}” is not known")


def _change(text: str) -> Change:
    sign, name, kind, data = [*text.split(maxsplit=3), "*"][:4]
    if sign not in ("+", "-"):
        raise ValueError(f"“{text}” begins with neither + nor -")
    return Change(sign == "-", Record(name, kind, data))
