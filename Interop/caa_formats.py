"""The programs that nuncio caa record writes for read the records as they are meant.

    .lab/venv/bin/python -m Interop.caa_formats --nuncio .build/debug/nuncio

octoDNS, a JavaScript interpreter, a reader of HCL, dnspython and BIND's named-compilezone each read what is for them.
Needs what Interop/prepare.sh installs, and the Debian package bind9-utils.
Prints "N passed, N failed"; exit status 0 if none failed.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dns.rdatatype
import dns.zone
import dukpy  # type: ignore[import-untyped]
import hcl2
from octodns.provider.yaml import YamlProvider  # type: ignore[import-untyped]
from octodns.zone import Zone  # type: ignore[import-untyped]

from Interop.processes import LabError
from Interop.runs import Run, program, summary

ACCOUNT = "https://acme-v02.api.letsencrypt.org/acme/acct/123"
STAGING = "https://acme-staging-v02.api.letsencrypt.org/acme/acct/45"
# A URI with everything that URIs may have, and the quoting of each format could stumble over.
ODD = "https://ca.test/~a-b_c.d/%7B1%7D/$x&y='(1)*+,:@!/?q=[2]#f"
RECORDS = [
    (0, "issue", f"letsencrypt.org; accounturi={ACCOUNT}; validationmethods=dns-01,http-01"),
    (0, "issue", f"letsencrypt.org; accounturi={STAGING}; validationmethods=dns-01,http-01"),
    (0, "issue", f"ca.test; accounturi={ODD}; validationmethods=dns-01,http-01"),
    (0, "issuewild", ";"),
]
ZONE = "example.com"

Records = list[tuple[int, str, str]]


def from_zone(text: str, domain: str, folder: Path) -> Records:
    head = f"$ORIGIN {ZONE}.\n$TTL 60\n@ SOA ns.test. a.test. 1 1 1 1 1\n@ NS ns.test.\n"
    zone = dns.zone.from_text(head + text, origin=f"{ZONE}.", relativize=False)
    data = zone.find_rdataset(f"{domain}.", dns.rdatatype.CAA)
    return [(record.flags, record.tag.decode(), record.value.decode()) for record in data]


def from_route53(text: str, domain: str, folder: Path) -> Records:
    (change,) = json.loads(text)["Changes"]
    rrset = change["ResourceRecordSet"]
    if (change["Action"], rrset["Name"], rrset["Type"], rrset["TTL"]) != ("UPSERT", f"{domain}.", "CAA", 3600):
        raise LabError(f"The change is {change}")
    return from_values(domain, [record["Value"] for record in rrset["ResourceRecords"]], folder)


def from_values(domain: str, values: list[str], folder: Path) -> Records:
    return from_zone("".join(f"{domain}. CAA {value}\n" for value in values), domain, folder)


def from_octodns(text: str, domain: str, folder: Path) -> Records:
    (folder / f"{ZONE}.yaml").write_text(f"---\n{text}")
    zone = Zone(f"{ZONE}.", [])
    YamlProvider("yaml", str(folder)).populate(zone)
    (record,) = zone.records
    if (record.fqdn, record._type, record.ttl) != (f"{domain}.", "CAA", 3600):
        raise LabError(f"octoDNS reads {record}")
    return [(value.flags, value.tag, value.value) for value in record.values]


def from_dnscontrol(text: str, domain: str, folder: Path) -> Records:
    script = f"""
        function TTL(seconds) {{ return seconds; }}
        function CAA(name, tag, value, ttl) {{ return [name, tag, value, ttl]; }}
        function D() {{ return Array.prototype.slice.call(arguments, 1); }}
        D("{ZONE}",
        {text}
        null);"""
    calls: Any = dukpy.evaljs(script)
    label = "@" if domain == ZONE else domain.removesuffix(f".{ZONE}")
    if any(call[0] != label or call[3] != 3600 for call in calls[:-1]):
        raise LabError(f"The calls are {calls}")
    return [(0, tag, value) for _, tag, value, _ in calls[:-1]]


def from_terraform(text: str, domain: str, folder: Path) -> Records:
    (resource,) = hcl2.loads(text)["resource"]
    ((kind, named),) = resource.items()
    ((_, body),) = named.items()
    values = [json.loads(value) for value in body["records"]]
    found = (kind.strip('"'), body["name"].strip('"'), body["type"].strip('"'), int(body["ttl"]))
    if found != ("aws_route53_record", domain, "CAA", 3600):
        raise LabError(f"The resource is {found}")
    return from_values(domain, values, folder)


READERS: dict[str, Callable[[str, str, Path], Records]] = {
    "zone": from_zone,
    "bind": from_zone,
    "route53": from_route53,
    "octodns": from_octodns,
    "dnscontrol": from_dnscontrol,
    "terraform": from_terraform,
}


def check(run: Run, nuncio: Path, form: str, domain: str) -> None:
    command = [str(nuncio), "caa", "record", domain, "--zone", ZONE, "--format", form, "--staging", "--no-wildcard"]
    command += ["--methods", "dns-01,http-01", "--authority", "letsencrypt.org", "--authority", "ca.test"]
    for account in (ACCOUNT, STAGING, ODD):
        command += ["--account", account]
    text = run.processes.run(command, announced=False).output
    found = READERS[form](text, domain, run.folder)
    if sorted(found) != sorted(RECORDS):
        raise LabError(f"{form} of {domain} is read as {found}")
    if form == "bind":
        compile_zone(run, text)


def compile_zone(run: Run, text: str) -> None:
    file = run.folder / "zone"
    file.write_text(f"$TTL 60\n@ SOA ns.test. a.test. 1 1 1 1 1\n@ NS ns.test.\n{text}")
    run.processes.run(["named-compilezone", "-q", "-o", str(run.folder / "compiled"), ZONE, str(file)], announced=False)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m Interop.caa_formats", description=summary(__doc__))
    parser.add_argument("--nuncio", type=program, required=True, metavar="PATH", help="the program to test")
    arguments = parser.parse_args()
    with Run("caa-formats") as run:
        for form in READERS:
            for domain in (ZONE, f"www.{ZONE}", f"a.b.{ZONE}"):
                try:
                    check(run, arguments.nuncio, form, domain)
                    run.passed += 1
                except LabError as error:
                    run.fail(f"{form} of {domain}: {error}")
    return run.conclude()


if __name__ == "__main__":
    sys.exit(main())
