"""Real ACME clients obtain real certificates through nuncio; one line a case, and a summary."""

import argparse
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Never, TypeVar

from Interop.certificates import fetch_root, verify_chain, verify_names
from Interop.clients import Certbot, Client, Dehydrated, Lego
from Interop.lab import Lab
from Interop.nuncio_server import ZONE
from Interop.patience import patiently
from Interop.places import INTEROP
from Interop.processes import LabError, last_lines
from Interop.resolver import PARENT_ZONE
from Interop.runs import program

CASE_SECONDS = patiently(60)

AnyLab = TypeVar("AnyLab", bound=Lab)


def certbot_at_the_root(lab: Lab) -> None:
    issue_and_verify(lab, enrol(Certbot(lab, f"certbot.{PARENT_ZONE}")))


def hook_under_the_base_path(lab: Lab) -> None:
    issue_and_verify(lab, enrol(Dehydrated(lab, f"hook.{PARENT_ZONE}", base_path="/api/v1/acme-dns-compat")))


def lego_with_nuncio_publish(lab: Lab) -> None:
    issue_and_verify(lab, enrol(Lego(lab, f"lego.{PARENT_ZONE}")))


def validated(lab: Lab) -> None:
    """The certificate authority's resolver takes nothing of the delegates' zone that is unsigned, or signed by another key than
    the one whose DS it was given."""
    client = enrol(Dehydrated(lab, f"validated.{PARENT_ZONE}"))
    for name, record_type in ((client.delegate, "CAA"), (client.delegate, "TXT"), (f"unknown.{ZONE}", "A")):
        answer = lab.resolver.query(name, record_type, "+adflag")
        if not re.search(r"flags:[^;]* ad\b", answer):
            raise LabError(f"{name} {record_type} must be validated:\n{answer}")
    issue_and_verify(lab, client)


def queried_before_the_first_update(lab: Lab) -> None:
    """acme-dns denies the name until the first update; resolvers remember that, and everything below the name."""
    client = enrol(Dehydrated(lab, f"early.{PARENT_ZONE}"))
    for name in (client.delegate, f"_acme-challenge.{client.domain}"):
        for record_type in ("TXT", "A", "CAA", "SOA"):
            answer = lab.resolver.query(name, record_type)
            status = re.search(r"status: (\w+)", answer)
            if not status or status[1] != "NOERROR":
                raise LabError(f"{name} {record_type} must exist before the first update:\n{answer}")
            if name != client.delegate and client.delegate not in answer:
                raise LabError(f"{name} {record_type} must lead to the delegate:\n{answer}")
    issue_and_verify(lab, client)


CASES = [
    ("certbot with certbot-dns-acmedns, API at the root", certbot_at_the_root),
    ("dehydrated with a curl hook, API under /api/v1/acme-dns-compat", hook_under_the_base_path),
    ("lego with a hook that calls nuncio publish", lego_with_nuncio_publish),
    ("queries before the first update do no harm", queried_before_the_first_update),
    ("the resolver validates all of it", validated),
]


def enrol(client: Client) -> Client:
    client.register()
    client.lab.parent_zone.add_cname(client.domain, client.delegate)
    client.lab.resolver.read_zones_again(client.domain)
    return client


def issue_and_verify(lab: Lab, client: Client) -> None:
    issued = client.issue()
    verify_chain(lab, issued)
    verify_names(lab, issued, client.names)


class Report:
    """Runs cases, prints a line for each, and counts."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0
        signal.signal(signal.SIGALRM, self._out_of_time)

    def case(self, title: str, body: Callable[[], None]) -> None:
        start = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, CASE_SECONDS)
        try:
            body()
            outcome, detail = "ok", ""
        except (LabError, OSError) as error:
            outcome, detail = "FAILED", str(error)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        self.passed += outcome == "ok"
        self.failed += outcome != "ok"
        print(f"{outcome:6}  {title} ({time.monotonic() - start:.1f} s)", flush=True)
        for line in detail.splitlines():
            print(f"        {line}", flush=True)

    @staticmethod
    def _out_of_time(number: int, frame: FrameType | None) -> Never:
        raise LabError(f"The case took longer than {CASE_SECONDS} s")


def run_cases(lab: Lab, report: Report) -> None:
    def bring_up() -> None:
        lab.start_nuncio()
        lab.start_resolver()
        lab.start_authority()
        fetch_root(lab)

    def stop() -> None:
        complaints = lab.stop()
        if complaints:
            raise LabError("\n".join(complaints))

    report.case("nuncio, Unbound and Pebble start", bring_up)
    if not report.failed:
        for title, body in CASES:
            report.case(title, partial(body, lab))
    report.case("all of them end on SIGTERM", stop)


def run_in(
    make_lab: Callable[[Path, str], AnyLab], name: str, description: str | None, cases: Callable[[AnyLab, Report], None]
) -> int:
    """Runs cases in a lab, with the program that the command line names, and returns the exit status."""
    parser = argparse.ArgumentParser(prog=f"python3 -m Interop.{name}", description=description)
    parser.add_argument("--nuncio", required=True, type=program, metavar="PATH", help="the program to test")
    nuncio = parser.parse_args().nuncio
    prepared = subprocess.run([INTEROP / "prepare.sh"], stdin=subprocess.DEVNULL, check=False)
    if prepared.returncode != 0:
        return prepared.returncode

    report = Report()
    with make_lab(nuncio, f"nuncio-{name.replace('_', '-')}-") as lab:
        cases(lab, report)
    if report.failed:
        for server in ("nuncio", "unbound", "pebble"):
            log = lab.processes.log_of(server)
            print(f"\n--- the end of {log}\n{last_lines(log, 30)}")
        print(f"\nAll logs are in {lab.processes.logs}")
    else:
        shutil.rmtree(lab.directory)
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


def main() -> int:
    return run_in(Lab, "end_to_end", __doc__, run_cases)


if __name__ == "__main__":
    sys.exit(main())
