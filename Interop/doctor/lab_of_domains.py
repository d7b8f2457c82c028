"""Inside the namespace: starts all servers with all zones, and examines one domain after the other."""

import argparse
import os
import shutil
import signal
import subprocess
from functools import partial
from pathlib import Path

from Interop.doctor import running
from Interop.doctor.case_tables import read_cases
from Interop.doctor.cases import Case
from Interop.doctor.distance import TUN
from Interop.doctor.examining import Doctor, Examined
from Interop.doctor.other_judges import OtherJudges, read_rows
from Interop.doctor.random_domains import bases, mutations
from Interop.doctor.resolvers_asked import RESOLVERS, start_resolvers
from Interop.doctor.running import RunningServers
from Interop.doctor.servers import ADDRESSES, NameServers
from Interop.doctor.timing import far_away, processor_time
from Interop.doctor.zones import Builder
from Interop.doctor.zones_above import ZonesAbove
from Interop.internet import namespace
from Interop.internet.addresses import ROOT_ADDRESS, TLD_ADDRESS, both
from Interop.internet.inside import COPIED_PROGRAMS
from Interop.internet.report import Report, Wrong
from Interop.processes import Processes

HERE = Path(__file__).parent
TIMED = ("sound-plain", "sound-unsigned", "sound-caa-parent", "sound-wildcard")


class Lab:
    def __init__(self, arguments: argparse.Namespace) -> None:
        programs = arguments.inside / "programs"
        programs.mkdir()
        self.processes = Processes(arguments.inside, [programs])
        for program in COPIED_PROGRAMS:
            shutil.copy(f"/usr/sbin/{program}", programs)
        self._program = arguments.nuncio
        self.faults = read_cases(HERE / "faults.txt")
        self.sound = read_cases(HERE / "sound.txt")
        self.bases, self.mutations = bases(arguments.seed), mutations(arguments.seed)

    @property
    def cases(self) -> list[Case]:
        return [*self.sound, *self.faults, *self.bases, *self.mutations]

    def start(self) -> str:
        above_all = [one for address in (ROOT_ADDRESS, TLD_ADDRESS) for one in both(address)]
        namespace.bring_up(self.processes, [*above_all, *ADDRESSES, *running.ADDRESSES, *RESOLVERS.values()])
        self.running = RunningServers(self.processes, self._program)
        names = self.running.names | RESOLVERS
        builder = Builder(self.processes, names)
        builder.build(self.cases)
        for program, files in self.running.copy.items():
            builder.add(program, files)
        self.above = ZonesAbove(self.processes, builder, self.running.above)
        NameServers(self.processes, builder.files())
        start_resolvers(self.processes, self.above)
        means = ["--root-hints", str(self.above.hints), "--trust-anchor", str(self.above.root.key_file)]
        self.doctor = Doctor(self.processes, self._program, means, names)
        self.judges = OtherJudges(self.processes, self.above, names)
        return f"{len(builder.customers) + len(builder.targets)} zones, {len(self.cases)} domains"


def run(arguments: argparse.Namespace) -> int:
    # On Ctrl-C the outer process ends all of this. Not SIG_IGN, which programs started here would inherit.
    signal.signal(signal.SIGINT, lambda number, frame: None)
    report = Report(arguments.inside)
    lab = Lab(arguments)
    if report.judge("the lab starts", lab.start):
        if arguments.keep_running:
            shell(lab)
            return 0
        cases = [case for case in lab.cases if not arguments.only or arguments.only in case.name]
        for examined in lab.doctor.examine_all(cases):
            judge(examined, report)
            if arguments.show:
                print(examined.text(), flush=True)
        if not arguments.only:
            rows = read_rows(HERE / "other-judges.txt", lab.cases)
            for row, complaints in lab.judges.judge_all(rows):
                of_judges = f"Zonemaster {row.zonemaster}, dnsviz {row.dnsviz}"
                report.judge(f"{row.case.name} beside others", partial(outcome, complaints, of_judges))
            judge_times(lab, report, arguments.show)
    if report.failed:
        print(f"All logs are in {lab.processes.logs}")
    print(f"{report.passed} passed, {report.failed} failed", flush=True)
    return 1 if report.failed else 0


def judge(examined: Examined, report: Report) -> None:
    complaints = examined.complaints()
    if complaints:
        complaints.append(" ".join(examined.command))
    said = f"{examined.case.title} {examined.seconds:.1f} s"
    report.judge(examined.case.name, partial(outcome, complaints, said))


def judge_times(lab: Lab, report: Report, is_shown: bool) -> None:
    sound = [case for case in lab.sound if case.name in TIMED]
    directory = lab.processes.directory
    if not os.access(TUN, os.R_OK | os.W_OK):
        report.skipped("round trips", f"{TUN} cannot be opened")
    else:

        def rounds() -> str:
            score, drawing = far_away(lab.doctor, sound[0], directory)
            if is_shown:
                print(drawing, flush=True)
            return score

        report.judge("round trips", rounds)
    report.judge("processor time", lambda: processor_time(lab.doctor, sound, directory))


def outcome(complaints: list[str], score: str) -> str:
    if complaints:
        raise Wrong("", "\n".join(complaints))
    return score


def shell(lab: Lab) -> None:
    subprocess.run(
        [os.environ.get("SHELL", "/bin/sh")],
        cwd=lab.processes.directory,
        env=os.environ | {"PS1": "doctor$ "},
        check=False,
    )
