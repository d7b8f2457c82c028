"""The judges of a signed zone, one after the other."""

from dataclasses import dataclass

from Interop.internet import bootstrapping, denial
from Interop.internet.candidates import Nuncio
from Interop.internet.delv import delv
from Interop.internet.parent_zones import ParentZones
from Interop.internet.random_questions import random_questions
from Interop.internet.random_zones import random_zones
from Interop.internet.report import Report
from Interop.internet.resolvers import Resolver
from Interop.internet.tampering import Tampering
from Interop.internet.zone_content import Delegate
from Interop.processes import Processes

WITHOUT_CACHE = "unbound-authority"  # through which delv asks
LINES = ("delv", "compactdenial", "denial to the bit", "dsboot", "random questions", "random zones", "tampering")


@dataclass(frozen=True)
class SignedZone:
    """The zone under test, and what is around it. Of the delegates, the first has values and the second has none."""

    processes: Processes
    nuncio: Nuncio
    parents: ParentZones
    resolvers: list[Resolver]
    ds: list[str]
    delegates: list[Delegate]
    changing: Delegate


def judge_signed_zone(zone: SignedZone, report: Report, seed: int) -> None:
    processes, program = zone.processes, zone.nuncio.program
    busy, idle = zone.delegates[:2]
    resolver = next(one for one in zone.resolvers if one.name == WITHOUT_CACHE)
    report.judge("delv", lambda: delv(processes, zone.parents, resolver, zone.ds, busy, idle))
    if denial.has_compactdenial():
        report.judge("compactdenial", lambda: denial.compactdenial(processes, busy, idle))
    else:
        report.skipped("compactdenial", "it could not be installed from PyPI")
    report.judge("denial to the bit", lambda: denial.to_the_bit(busy, idle))
    if bootstrapping.has_dsboot():
        report.judge("dsboot", lambda: bootstrapping.dsboot(processes, program, seed))
    else:
        report.skipped("dsboot", "it could not be installed from PyPI")
    report.judge("random questions", lambda: random_questions(zone.ds, zone.delegates, seed))
    report.judge("random zones", lambda: random_zones(processes, program, seed))
    tampering = Tampering(processes, zone.parents, zone.ds, zone.nuncio.publish)
    report.judge("tampering", lambda: tampering.judge(busy, idle, zone.changing), seconds=100)
