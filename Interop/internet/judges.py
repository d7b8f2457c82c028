"""Other people's programs that judge name servers. Each function raises `LabError` with the program's findings."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from Interop.internet.addresses import CUSTOMER, HAS_IPV6, ROOT_ADDRESS, ROOT_SERVER, ZONE, ZONE_ADDRESSES, both
from Interop.internet.parent_zones import ParentZones
from Interop.internet.zone_content import Delegate
from Interop.processes import LabError, Processes

# They ask which network announces an address; none announces ours.
ZONEMASTER_LEFT_OUT = {"connectivity03", "connectivity04"}
# Our addresses are reserved for documentation, which Zonemaster rightly calls an error anywhere else.
ZONEMASTER_ONLY_INFORMATION = ("ADDRESS", "NAMESERVER_IP_PRIVATE_NETWORK")

NMAP_FUZZ_SECONDS = 8
ALL_ADDRESSES = tuple(ZONE_ADDRESSES.values())


def zonemaster(processes: Processes, zones: ParentZones) -> str:
    if found := zonemaster_complaints(processes, zones.hints, ZONE):
        raise LabError("\n".join(found))
    return "0 errors and warnings"


def zonemaster_complaints(processes: Processes, hints: Path, zone: str) -> list[str]:
    """Lines of level WARNING or worse."""
    profile = json.loads(processes.run(["zonemaster-cli", "--dump-profile"]).output)
    profile["test_cases"] = [case for case in profile["test_cases"] if case not in ZONEMASTER_LEFT_OUT]
    module, tag = ZONEMASTER_ONLY_INFORMATION
    profile["test_levels"][module][tag] = "INFO"
    file = processes.directory / f"zonemaster-{zone}.json"
    file.write_text(json.dumps(profile))

    printed = processes.run(
        [
            "zonemaster-cli",
            "--profile",
            str(file),
            "--hints",
            str(hints),
            "--ipv6" if HAS_IPV6 else "--no-ipv6",
            "--no-progress",
            "--level",
            "NOTICE",
            "--raw",
            "--count",
            zone,
        ],
        seconds=60,
    ).output
    return re.findall(r"^.*\b(?:WARNING|ERROR|CRITICAL)\b.*$", printed.split("Level\t")[0], re.MULTILINE)


def dnsviz(processes: Processes, zones: ParentZones, busy: Delegate, idle: Delegate) -> str:
    names = [".", ZONE, busy.name, idle.name, f"unknown.{ZONE}", f"_acme-challenge.{CUSTOMER}"]
    complaints = dnsviz_complaints_of(processes, zones.root.key_file, names)
    if complaints:
        raise LabError("\n".join(complaints))
    return "0 errors and warnings"


def dnsviz_complaints_of(processes: Processes, root_key: Path, names: Sequence[str], types: str = "") -> list[str]:
    """Errors and warnings of names and of the chain from the root, each as a line; of `types` alone if there are any."""
    program = Path(sys.executable).with_name("dnsviz")
    root_servers = ",".join(
        f"{ROOT_SERVER}=[{address}]" if ":" in address else f"{ROOT_SERVER}={address}" for address in both(ROOT_ADDRESS)
    )
    file = f"dnsviz-{names[-1]}.json"
    processes.run(
        [
            str(program),
            "probe",
            *([] if HAS_IPV6 else ["-4"]),
            *(["-R", types] if types else []),
            "-A",
            "-a",
            ".",
            "-x",
            f".+:{root_servers}",
            *names,
            "-o",
            file,
        ],
        seconds=60,
    )
    found = processes.run(
        [str(program), "grok", "-P", "-t", str(root_key), "-l", "warning", "-r", file], seconds=60
    ).output.strip()
    return list(dnsviz_complaints(json.loads(found or "{}")))


def dnsviz_complaints(found: Any, where: str = "") -> Iterator[str]:
    """Errors and warnings, which are deep in a tree, each as a line."""
    if isinstance(found, list):
        for part in found:
            yield from dnsviz_complaints(part, where)
    elif isinstance(found, dict):
        for key, part in found.items():
            if key in ("errors", "warnings"):
                yield from (
                    f"{key[:-1]} at {found.get('id', where)}: {complaint['description']} "
                    f"{' '.join(complaint.get('servers', []))}"
                    for complaint in part
                )
            else:
                yield from dnsviz_complaints(part, key if "." in key else where)


def has_dnsviz() -> bool:
    return Path(sys.executable).with_name("dnsviz").exists()


def nmap_fuzz(processes: Processes) -> str:
    """Sends broken messages for some seconds to one of the two addresses: one program answers at both."""
    one = list(ZONE_ADDRESSES.values())[:1]
    printed = _nmap(processes, "dns-fuzz", one, f"dns-fuzz.timelimit={NMAP_FUZZ_SECONDS}s")
    if "The server seems impervious to our assault." not in printed:
        raise LabError(printed)
    return "impervious"


def nmap_nsid(processes: Processes) -> str:
    printed = _nmap(processes, "dns-nsid")
    if "dns-nsid" in printed:
        raise LabError(printed)
    return "tells nothing about itself"


def nmap_recursion(processes: Processes) -> str:
    printed = _nmap(processes, "dns-recursion")
    if "dns-recursion" in printed:
        raise LabError(printed)
    return "not offered"


def _nmap(processes: Processes, script: str, addresses: Sequence[str] = ALL_ADDRESSES, arguments: str = "") -> str:
    printed = processes.run(
        ["nmap", "-n", "-Pn", "-sU", "-p", "53", "--script", script, "--script-args", arguments, *addresses], seconds=40
    ).output
    if len(re.findall(r"^53/udp open ", printed, re.MULTILINE)) != len(addresses):
        raise LabError(f"nmap did not find port 53 open\n{printed}")
    return printed


def testssl(processes: Processes, port: int) -> str:
    """DNS over TLS (RFC 7858): protocols, ciphers, forward secrecy, known vulnerabilities."""
    address = next(iter(ZONE_ADDRESSES.values()))
    file = processes.directory / "testssl.json"
    try:
        processes.run(
            [
                "testssl",
                "-n",
                "none",
                "--quiet",
                "--color",
                "0",
                "--jsonfile",
                str(file),
                "-p",
                "-f",
                "-P",
                "-U",
                f"{address}:{port}",
            ],
            seconds=90,
        )
    except LabError:  # its exit status also counts tests that do not apply, such as those of HTTP
        if not file.exists() or not file.read_text().rstrip().endswith("]"):
            raise
    findings = json.loads(file.read_text())
    bad = [
        f"{finding['severity']} {finding['id']}: {finding['finding']}"
        for finding in findings
        if finding["severity"] in ("LOW", "MEDIUM", "HIGH", "CRITICAL", "FATAL")
    ]
    if bad or not findings:
        raise LabError("\n".join(bad) or "testssl found nothing at all")
    return f"{len(findings)} findings, none of severity LOW or above"
