"""The name servers of the lab, by the names that they have in the table."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import dns.exception

from Interop.doctor.faulty_servers import (
    Answer,
    FaultyServer,
    denying_other_types,
    failing_for_caa,
    garbage,
    in_lower_case,
    not_authoritative,
    refusing_edns,
    silence,
    unchanged,
    upwards,
    with_text_beside_cname,
    without_edns,
)
from Interop.internet.addresses import HAS_IPV6, both, over_ipv6
from Interop.internet.dns_queries import ask
from Interop.internet.nsd_server import start_nsd
from Interop.internet.resolvers import start
from Interop.peer_configurations import knot_configuration
from Interop.processes import Processes, wait_until

# A file for each zone.
Zones = Mapping[str, Path]

_NETWORK = "198.51.100"
_BEHIND = f"{_NETWORK}.10"  # an NSD with all zones, behind the servers with faults


@dataclass(frozen=True)
class NameServer:
    # The process that serves it; several addresses may share one.
    program: str
    addresses: tuple[str, ...]


def _at(program: str, host: int) -> NameServer:
    return NameServer(program, tuple(both(f"{_NETWORK}.{host}")))


def _faulty(host: int) -> NameServer:
    return NameServer("faulty", (f"{_NETWORK}.{host}",))


FAULTS: dict[str, tuple[Answer, bool, bool]] = {  # what it answers; whether over UDP, and over TCP
    "silent": (silence, True, True),
    "udp-alone": (unchanged, True, False),
    "tcp-alone": (unchanged, False, True),
    "without-edns": (without_edns, True, True),
    "refusing-edns": (refusing_edns, True, True),
    "lower-case": (in_lower_case, True, True),
    "not-authoritative": (not_authoritative, True, True),
    "upwards": (upwards, True, True),
    "garbage": (garbage, True, True),
    "failing-for-caa": (failing_for_caa, True, True),
    "like-acme-dns": (denying_other_types, True, True),
    "txt-beside-cname": (with_text_beside_cname, True, True),
}
SERVERS: dict[str, NameServer] = {
    "nsd-1": _at("nsd", 11),
    "nsd-2": _at("nsd", 12),
    "nsd-3": _at("nsd-other", 13),
    "nsd-4": _at("nsd-other", 14),
    "knot-1": _at("knot", 21),
    "knot-2": _at("knot", 22),
    "bind-1": _at("bind", 31),
    "bind-2": _at("bind", 32),
    "powerdns-1": _at("powerdns", 41),
    "powerdns-2": _at("powerdns", 42),
    # An NSD that has no zone at all refuses; one whose zone's file is missing fails; nothing listens at the third.
    "refusing": _at("nsd-refusing", 15),
    "failing": _at("nsd-failing", 16),
    "dead": _at("none", 17),
    # A name server whose name has no address.
    "nowhere": NameServer("none", ()),
    **{name: _faulty(50 + number) for number, name in enumerate(FAULTS)},
}
if HAS_IPV6:
    SERVERS["nsd-over-ipv6"] = NameServer("nsd", (over_ipv6(f"{_NETWORK}.11"),))
    # Nothing runs at its address of IPv6.
    SERVERS["nsd-over-ipv4"] = NameServer("nsd", (f"{_NETWORK}.11", over_ipv6(f"{_NETWORK}.17")))
ADDRESSES = sorted({*both(_BEHIND), *(address for server in SERVERS.values() for address in server.addresses)})

BIND = """\
options {{
    directory "{folder}";
    pid-file none;
    session-keyfile none;
    listen-on {{ {v4} }};
    listen-on-v6 {{ {v6} }};
    recursion no;
    notify no;
    dnssec-validation no;
}};
controls {{ }};
"""
POWERDNS = """\
launch=bind
bind-config={folder}/zones.conf
config-dir={folder}
socket-dir={folder}
local-address={addresses}
dnsupdate=no
security-poll-suffix=
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
zone-cache-refresh-interval=0
receiver-threads=1
distributor-threads=1
expand-alias=no
write-pid=no
"""


def _has(address: str, zone: str) -> bool:
    try:
        return bool(ask(address, zone, "SOA", recursion=False, seconds=0.3).answer)
    except (dns.exception.DNSException, OSError):
        return False


class NameServers:
    """Starts all of them without waiting until they answer."""

    def __init__(self, processes: Processes, zones: Mapping[str, Zones]) -> None:
        """`zones` has the files of each program."""
        self._processes = processes
        start_nsd(processes, "nsd-behind", [_BEHIND], dict(zones.get("behind", {})))
        for program in ("nsd", "nsd-other", "nsd-failing"):
            start_nsd(processes, program, self._addresses(program), dict(zones.get(program, {})))
        start_nsd(processes, "nsd-refusing", self._addresses("nsd-refusing"), {})
        self._start_knot(zones.get("knot", {}))
        self._start_bind(zones.get("bind", {}))
        self._start_powerdns(zones.get("powerdns", {}))
        for name, (answer, udp, tcp) in FAULTS.items():
            FaultyServer(SERVERS[name].addresses[0], _BEHIND, answer, udp=udp, tcp=tcp)

        self._await(zones)

    def _await(self, zones: Mapping[str, Zones]) -> None:
        """Waits until each program has its zones."""
        for program, files in zones.items():
            addresses = [_BEHIND] if program == "behind" else self._addresses(program)
            if program != "nsd-failing":
                for address in addresses:
                    wait_until(partial(_has, address, next(iter(files))), 10, f"{program} answers")

    @staticmethod
    def _addresses(program: str) -> list[str]:
        found = [address for server in SERVERS.values() if server.program == program for address in server.addresses]
        return [address for address in dict.fromkeys(found) if address not in SERVERS["dead"].addresses]

    def _folder(self, name: str) -> Path:
        folder = self._processes.directory / name
        folder.mkdir()
        return folder

    def _start_knot(self, zones: Zones) -> None:
        folder = self._folder("knot")
        file = folder / "knot.conf"
        listen = [f"{address}@53" for address in self._addresses("knot")]
        # Knot Resolver's database of 500 MB for journals is not needed for files.
        file.write_text(knot_configuration(folder, listen, {f"{zone}.": path for zone, path in zones.items()}))
        start(self._processes, "knot", ["knotd", "-c", str(file)])

    def _start_bind(self, zones: Zones) -> None:
        folder = self._folder("bind")
        addresses = self._addresses("bind")
        file = folder / "named.conf"
        # Loading refuses nothing that another server would serve.
        clauses = "".join(
            f'zone "{zone}" {{ type primary; file "{path}"; check-names ignore; check-integrity no; }};\n'
            for zone, path in zones.items()
        )
        options = BIND.format(
            folder=folder,
            v4="".join(f"{address}; " for address in addresses if ":" not in address),
            v6="".join(f"{address}; " for address in addresses if ":" in address) or "none; ",
        )
        file.write_text(options + clauses)
        family = [] if HAS_IPV6 else ["-4"]
        start(self._processes, "bind", ["named", "-g", *family, "-n", "1", "-c", str(file)])

    def _start_powerdns(self, zones: Zones) -> None:
        folder = self._folder("powerdns")
        (folder / "zones.conf").write_text(
            "".join(f'zone "{zone}" {{ type native; file "{path}"; }};\n' for zone, path in zones.items())
        )
        (folder / "pdns.conf").write_text(POWERDNS.format(folder=folder, addresses=", ".join(self._addresses("powerdns"))))
        start(self._processes, "powerdns", ["pdns_server", f"--config-dir={folder}", "--daemon=no", "--guardian=no"])
