"""The judges of a signed zone, one after the other."""

from Interop.internet import bootstrapping, denial
from Interop.internet.delv import delv
from Interop.internet.random_questions import random_questions
from Interop.internet.random_zones import random_zones
from Interop.internet.report import Report
from Interop.internet.tampering import Tampering

WITHOUT_CACHE = "unbound-authority"  # through which delv asks
LINES = ("delv", "compactdenial", "denial to the bit", "dsboot", "random questions", "random zones", "tampering")


def judge_signed_zone(internet, report: Report, seed: int):
    processes, busy, idle = internet.processes, internet.busy, internet.idle
    resolver = next(one for one in internet.resolvers if one.name == WITHOUT_CACHE)
    report.judge("delv", lambda: delv(processes, internet.zones, resolver, internet.zone_ds, busy, idle))
    if denial.has_compactdenial():
        report.judge("compactdenial", lambda: denial.compactdenial(processes, busy, idle))
    else:
        report.skipped("compactdenial", "it could not be installed from PyPI")
    report.judge("denial to the bit", lambda: denial.to_the_bit(busy, idle))
    if bootstrapping.has_dsboot():
        report.judge("dsboot", lambda: bootstrapping.dsboot(processes, internet.candidate.program, seed))
    else:
        report.skipped("dsboot", "it could not be installed from PyPI")
    report.judge("random questions", lambda: random_questions(internet.zone_ds, internet.delegates, seed))
    report.judge("random zones", lambda: random_zones(processes, internet.candidate.program, seed))
    tampering = Tampering(processes, internet.zones, internet.zone_ds, internet.candidate.publish)
    report.judge("tampering", lambda: tampering.judge(busy, idle, internet.changing), seconds=100)
