"""Inside the namespace: brings everything up in order, runs the judges, and reports."""

import argparse
import os
import shutil
import signal
import subprocess

from Interop.internet import judges, namespace
from Interop.internet.addresses import CUSTOMER, ZONE, all_addresses, zone_addresses
from Interop.internet.battery import Battery, Score, wait_for_resolvers
from Interop.internet.candidates import PEERS, Nuncio
from Interop.internet.parent_zones import ParentZones, challenge_alias, delegation_records
from Interop.internet.questions import names_of_this_run, read_table
from Interop.internet.report import Report, Wrong
from Interop.internet.resolvers import CONFIGURATIONS, start_resolvers
from Interop.internet.signed_zone import LINES, SignedZone, judge_signed_zone
from Interop.internet.tls_certificate import make_tls
from Interop.internet.zone_content import new_value
from Interop.processes import Processes, last_lines

CHALLENGES = 20  # of each kind, through each resolver
PROBES = ("SOA", "A")  # what clients ask while they wait for a name to appear

# Debian confines these to their own folders by path where AppArmor is on; a copy is not confined.
COPIED_PROGRAMS = ("named", "unbound")


class Internet:
    def __init__(self, arguments: argparse.Namespace) -> None:
        programs = arguments.inside / "programs"
        programs.mkdir()
        self.processes = Processes(arguments.inside, [programs])
        for program in COPIED_PROGRAMS:
            shutil.copy(f"/usr/sbin/{program}", programs)
        self.candidate = (
            Nuncio(self.processes, arguments.nuncio) if arguments.nuncio else PEERS[arguments.other](self.processes)
        )
        if arguments.tls_port:
            self.candidate.tls = make_tls(self.processes, arguments.tls_port)
        self.questions = read_table()

    def start(self) -> str:
        namespace.bring_up(self.processes, all_addresses(len(CONFIGURATIONS) + 1))
        wanted_fresh = len(CONFIGURATIONS) * sum(question.wants_fresh_delegate for question in self.questions)
        delegates = self.candidate.start(
            [
                [new_value(), new_value()],
                [],
                [new_value(), new_value()],
                *([new_value()] for _ in range(wanted_fresh + 2 * CHALLENGES)),
            ]
        )
        self.busy, self.idle, self.changing, *rest = delegates
        self.delegates = [self.busy, self.idle, *rest]
        self.spare, rest = rest[:wanted_fresh], rest[wanted_fresh:]
        self.unasked, self.probed = rest[:CHALLENGES], rest[CHALLENGES:]
        self.candidate.publish(self.busy)
        self.zone_ds = self.candidate.delegation_signers()
        self.zones = ParentZones(self.processes, delegation_records(self.zone_ds), [challenge_alias(self.busy.name)])
        self.resolvers = start_resolvers(self.processes, self.zones)
        wait_for_resolvers(self.processes, self.resolvers, 20)
        return f"{len(self.resolvers)} resolvers validate the parent zone"

    def signed_zone(self, nuncio: Nuncio) -> SignedZone:
        return SignedZone(self.processes, nuncio, self.zones, self.resolvers, self.zone_ds, self.delegates, self.changing)


def run(arguments: argparse.Namespace) -> int:
    # On Ctrl-C the outer process ends all of this. Not SIG_IGN, which programs started here would inherit.
    signal.signal(signal.SIGINT, lambda number, frame: None)
    internet = Internet(arguments)
    report = Report(internet.processes.logs)
    if report.judge(f"the small internet starts, with {internet.candidate.name} in it", internet.start):
        if arguments.keep_running:
            shell(internet)
            return 0
        judge(internet, report, arguments.seed)
        if isinstance(internet.candidate, Nuncio):  # the way a peer ends does not matter
            report.judge("nuncio ends on SIGTERM", internet.candidate.stop)
    if report.failed:
        print(f"\n--- the end of {internet.candidate.name}'s log")
        print(last_lines(internet.processes.log_of(internet.candidate.name), 30))
        print(f"All logs are in {internet.processes.logs}")
    print(f"{report.passed} passed, {report.failed} failed", flush=True)
    return 1 if report.failed else 0


def judge(internet: Internet, report: Report, seed: int) -> None:
    processes, zones = internet.processes, internet.zones
    battery = Battery(internet.resolvers, internet.candidate.publish, internet.candidate.is_signed)

    report.judge(
        "the battery of questions",
        lambda: all_of(
            battery.ask_all(
                internet.questions, names_of_this_run(internet.busy, internet.idle, internet.zone_ds), internet.spare
            )
        ),
    )
    report.judge("challenge values asked for at once", lambda: all_of(battery.challenges(internet.unasked)))
    report.judge("challenge values after a probe", lambda: all_of(battery.challenges(internet.probed, PROBES)))
    report.judge("zonemaster", lambda: judges.zonemaster(processes, zones))
    if judges.has_dnsviz():
        report.judge("dnsviz", lambda: judges.dnsviz(processes, zones, internet.busy, internet.idle))
    else:
        report.skipped("dnsviz", "it could not be installed from PyPI")
    if isinstance(internet.candidate, Nuncio):
        judge_signed_zone(internet.signed_zone(internet.candidate), report, seed)
    else:
        report.skipped(", ".join(LINES), f"{internet.candidate.name} does not sign the zone here")
    report.judge("nmap dns-nsid", lambda: judges.nmap_nsid(processes))
    report.judge("nmap dns-recursion", lambda: judges.nmap_recursion(processes))
    report.judge("nmap dns-fuzz", lambda: judges.nmap_fuzz(processes))
    if tls := internet.candidate.tls:
        report.judge("testssl", lambda: judges.testssl(processes, tls.port), seconds=100)


def all_of(score: Score) -> str:
    if score.wrong:
        raise Wrong(str(score), "\n".join(score.wrong))
    return str(score)


def shell(internet: Internet) -> None:
    print(f"\n{ZONE} is on {', '.join(zone_addresses())}, these resolvers ask it:")
    for resolver in internet.resolvers:
        print(f"    {resolver.address}  {resolver.name}")
    print(
        f"A delegate with values: {internet.busy.name}\n"
        f"One without:            {internet.idle.name}\n"
        f"The customer's CNAME:   _acme-challenge.{CUSTOMER}\n"
        f"Logs are in {internet.processes.logs}. All of it ends with this shell.",
        flush=True,
    )
    subprocess.run(
        [os.environ.get("SHELL", "/bin/sh")],
        cwd=internet.processes.directory,
        env=os.environ | {"PS1": "internet$ "},
        check=False,
    )
