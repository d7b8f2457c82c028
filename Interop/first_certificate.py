"""From the package to the first certificate of a customer's domain, in the small internet, with a clock.

Interop/README.md says what is measured, and what is not.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from Interop.certificate_authority import TRUST, CertificateAuthority
from Interop.certificates import ROOT, fetch_root, verify_chain, verify_names
from Interop.clients import Certbot
from Interop.demo import Story
from Interop.internet import namespace
from Interop.internet.addresses import CUSTOMER, PARENT, ZONE, ZONE_ADDRESSES, all_addresses
from Interop.internet.parent_zones import ParentZones, challenge_alias
from Interop.internet.resolvers import CONFIGURATIONS, start_resolvers
from Interop.lab import Lab
from Interop.patience import patiently
from Interop.places import INTEROP
from Interop.places import ROOT as ROOT_OF_CHECKOUT
from Interop.processes import LabError, as_typed, last_lines, wait_until
from Interop.runs import summary
from Interop.small_debian import PackagedServer, SmallDebian, unpack
from Interop.stopwatch import Stopwatch

API = f"auth.{ZONE}"
ADDRESS = next(iter(ZONE_ADDRESSES.values()))
MACHINES_RESOLVER, AUTHORITYS_RESOLVER = "unbound", "unbound-authority"
ROOTS_ON_THE_MACHINE = "/usr/local/share/lab.pem"
SECONDS = patiently(60)
# Besides those that Interop/prepare.sh installs.
FURTHER_PACKAGES = ("iproute2", "ldnsutils", "nsd", "util-linux")
CANNOT = 77  # automake's status for "skipped"


class InternetLab(Lab):
    """The small internet with an authority, and a place for the server, which comes in a package."""

    def start(self) -> None:
        namespace.bring_up(self.processes, all_addresses(len(CONFIGURATIONS)))
        self.zones = ParentZones(self.processes, delegation=[], challenge=[])
        started = start_resolvers(self.processes, self.zones, (MACHINES_RESOLVER, AUTHORITYS_RESOLVER))
        resolvers = {one.name: one.address for one in started}
        for address in resolvers.values():
            wait_until(partial(self.sees, PARENT, "SOA", address), 20, f"{address} answers for {PARENT}")
        self.machines_resolver = resolvers[MACHINES_RESOLVER]
        self.authority = CertificateAuthority(self.processes, f"{resolvers[AUTHORITYS_RESOLVER]}:53")
        fetch_root(self)
        # People's machines trust the authority's certificates, and ask a resolver of the small internet.
        trust = self.directory / "trust.pem"
        trust.write_text("".join((self.directory / name).read_text() for name in (TRUST, ROOT)))
        self.trust = str(trust)
        self.client_environment = {"SSL_CERT_FILE": self.trust}
        resolv_conf = self.directory / "resolv.conf"
        resolv_conf.write_text(f"nameserver {self.machines_resolver}\n")
        self.processes.run(["mount", "--bind", str(resolv_conf), "/etc/resolv.conf"])

    def sees(self, name: str, record_type: str, resolver: str) -> bool:
        command = ["dig", f"@{resolver}", name, record_type, "+short", "+timeout=1", "+tries=1"]
        output = self.processes.run(command, announced=False, expected=(0, 9)).output
        return any(line and not line.startswith(";") for line in output.splitlines())


class Tale:
    """The operator's part, and the customer's."""

    def __init__(self, lab: InternetLab, machine: SmallDebian, story: Story, stopwatch: Stopwatch) -> None:
        self._lab, self._machine, self._story, self._stopwatch = lab, machine, story, stopwatch

    def tell(self) -> None:
        records = self._install_and_set_up()
        self._delegate(records)
        self._secure_api()
        self._serve_customer()

    def _install_and_set_up(self) -> list[str]:
        """Returns the records for the parent zone that setup prints."""
        self._story.say(f"The operator of {ZONE} has a Debian 12 with the address {ADDRESS}, and the package.")
        self._operate("apt-get", "install", "--yes", "./nuncio.deb")
        self._story.say("The set-up asks for names; here they are options.")
        names = ["--zone", ZONE, "--address", ADDRESS, "--public-url", f"https://{API}"]
        printed = self._operate("nuncio", "setup", "--yes", *names, "--registration", "open", "--accept-terms")
        records = records_in(printed, "NS", "A", "AAAA")
        if not records:
            raise LabError(f"nuncio setup prints no records for the parent zone:\n{printed}")
        self._story.say("The authority is Pebble, not the default, which is the real one.")
        settings = f'  directory: "{self._lab.authority.directory_url}"\\n  directory-roots: "{ROOTS_ON_THE_MACHINE}"'
        self._operate("sed", "--in-place", rf"s,^acme:$,&\n{settings},", "/etc/nuncio/nuncio.yaml")
        self._story.say("The server starts. Where systemd runs, this is one command; here its stand-in obeys the unit.")
        start = partial(PackagedServer, self._lab.processes, self._machine, f"https://{API}")
        self._lab.nuncio = self._stopwatch.step("operator", start, "systemctl start nuncio")
        return records

    def _delegate(self, records: list[str]) -> None:
        self._story.say(f"At the DNS provider of {PARENT}, the operator creates the records that the set-up has printed.")
        self._create_in_parent(records)
        self._await_records("NS")
        self._story.say("When resolvers see the zone, the operator does the same with its DS record.")
        self._create_in_parent(self._operate("nuncio", "dnssec", "ds").splitlines())
        self._await_records("DS")

    def _secure_api(self) -> None:
        self._story.say("The server would obtain the certificate of its API by itself. Told to, it does so now.")
        self._operate("nuncio", "certificate", "renew")
        self._story.say("The set-up looks again.")
        self._operate("nuncio", "setup")  # its exit code is 0 only if all is well

    def _serve_customer(self) -> None:
        self._story.say(f"The owner of {CUSTOMER}, on another machine, enrols a delegate.")
        client = Certbot(self._lab, CUSTOMER)
        self._story.output(self._stopwatch.step("customer", client.register))
        self._story.say(f"They create the CNAME record in the zone of {CUSTOMER}.")
        alias = challenge_alias(client.delegate)
        self._stopwatch.step("customer", partial(self._lab.zones.add_to_customer, [alias]), created(CUSTOMER, [alias]))
        self._story.say("certbot's plugin needs a file with the API's URL and the place of the credential.")
        self._stopwatch.step("customer", client.write_settings, f"cat > {client.settings}")
        self._story.output((self._lab.directory / client.settings).read_text())
        self._story.say(f"certbot obtains the certificate for {CUSTOMER} and its wildcard.")
        issued = self._stopwatch.step("customer", client.issue)
        self._story.output(client.last_output)
        self._story.say("openssl verifies it, up to the root of the authority.")
        self._story.output(verify_chain(self._lab, issued) + verify_names(self._lab, issued, client.names))

    def _operate(self, *command: str) -> str:
        """Standard output of a command that must end with 0."""
        finished = self._stopwatch.step("operator", partial(self._machine.run, list(command)), as_typed(list(command)))
        self._story.output(finished.output + finished.errors)
        return finished.output

    def _create_in_parent(self, records: list[str]) -> None:
        self._stopwatch.step("operator", partial(self._lab.zones.add_to_parent, records), created(PARENT, records))

    def _await_records(self, record_type: str) -> None:
        what = f"the resolver sees {record_type} of {ZONE}"
        see = partial(self._lab.sees, ZONE, record_type, self._lab.machines_resolver)
        self._stopwatch.wait(f"until {what}", lambda: wait_until(see, 20, what))


def created(zone: str, records: list[str]) -> str:
    return f"# at the DNS provider of {zone}: {'; '.join(records)}"


def records_in(printed: str, *types: str) -> list[str]:
    """The records of these types that a command shows on lines of their own."""
    return re.findall(rf"^\s*(\S+\. \d+ IN (?:{'|'.join(types)}) .*)$", printed, re.MULTILINE)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m Interop.first_certificate", description=summary(__doc__))
    parser.add_argument(
        "--package", required=True, type=package, metavar="FILE.deb", help="the package, with Swift's libraries inside"
    )
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        return tell_inside(arguments.inside, arguments.package)
    reason = "it needs root" if os.geteuid() != 0 else namespace.why_impossible()
    if reason:
        print(f"NOT RUN: a folder with a Debian and a network namespace are needed: {reason}", file=sys.stderr)
        return CANNOT

    further = ["bash", "-c", 'source Scripts/packages.sh && need_packages "$@"', "bash", *FURTHER_PACKAGES]
    for command in ([str(INTEROP / "prepare.sh")], further):
        prepared = subprocess.run(command, cwd=ROOT_OF_CHECKOUT, stdin=subprocess.DEVNULL, check=False)
        if prepared.returncode != 0:
            return prepared.returncode
    folder = Path(tempfile.mkdtemp(prefix="nuncio-first-certificate-"))
    status = 1
    try:
        make_machines(folder, arguments.package)
        command = [sys.executable, "-m", "Interop.first_certificate", *sys.argv[1:], "--inside", str(folder)]
        status = namespace.run_inside(command, seconds=SECONDS, interactive=False)
        return status
    finally:
        if status == 0:
            shutil.rmtree(folder)
        else:
            print(f"Configurations and logs are in {folder}", file=sys.stderr)


def package(text: str) -> Path:
    path = Path(text).resolve()
    if path.suffix != ".deb" or not path.is_file():
        raise argparse.ArgumentTypeError(f"{path} is not a Debian package")
    return path


def make_machines(folder: Path, package: Path) -> None:
    """The operator's machine; and the programs of all others, among them `nuncio` for the customer."""
    unpack(folder / "debian")
    programs = folder / "programs"
    programs.mkdir()
    subprocess.run(["dpkg-deb", "--extract", package, folder / "extracted"], check=True)
    shutil.copy(folder / "extracted" / "usr" / "bin" / "nuncio", programs)
    shutil.copy("/usr/sbin/unbound", programs)  # where AppArmor is on, it confines Debian's own to its folders


def tell_inside(folder: Path, package: Path) -> int:
    tempfile.tempdir = str(folder)
    story = Story()
    stopwatch = Stopwatch(story)
    with InternetLab(folder / "programs" / "nuncio", "lab-", stopwatch.announce) as lab:
        try:
            lab.start()
            machine = SmallDebian(lab.processes, folder / "debian", lab.machines_resolver)
            machine.put(package, "/root/nuncio.deb")
            machine.put(lab.directory / TRUST, ROOTS_ON_THE_MACHINE)
            Tale(lab, machine, story, stopwatch).tell()
            complaints = lab.processes.end(lab.nuncio.process)
        except LabError as error:
            complaints = [str(error), last_lines(lab.processes.log_of("nuncio"), 30)]
    for complaint in complaints:
        print(f"FAILED {complaint}", flush=True)
    if complaints:
        return 1
    print(f"\n{stopwatch.table()}\n", flush=True)
    print(
        f"{stopwatch.commands} commands, {stopwatch.seconds():.1f} s: {stopwatch.seconds(of_waits=False):.1f} s for them, "
        f"{stopwatch.seconds(of_waits=True):.1f} s until resolvers see what was created",
        flush=True,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
