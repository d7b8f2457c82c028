"""acme-dns, from a program that the operator brings: it is in no registry that the lab installs from.

acme-dns has one zone of its own, whose SOA it makes from settings, and a list of static records with any names. So that list
has the records of all zones; acme-dns does not know that a name is in another zone, or a delegation. The numbers in its own SOA
cannot be chosen, and any count as right. It has no identity, no NSID, no cookies and no TLS to configure: the two servers of
the scenarios are one process.
"""

import json
import signal
from collections.abc import Sequence
from pathlib import Path

import dns.rdatatype
import dns.zone

from Interop.loopback import is_listening
from Interop.peer_configurations import acme_dns_configuration
from Interop.processes import Processes, free_port
from Interop.scenarios.scenario_servers import Running, Server, enrol_and_publish
from Interop.scenarios.scenario_zones import ZONE, apex_records, configured_records, zone_files

OWN_SOA = f"{ZONE}. * IN SOA ns1.{ZONE}. hostmaster.example.net. * * * * *"


class AcmeDns(Server):
    name = "acme-dns"
    serves_tls = False

    def __init__(self, processes: Processes, program: Path) -> None:
        super().__init__(processes)
        self._program = str(program)

    def start(self, kinds: Sequence[str] = ("plain",)) -> None:
        super().start(kinds)
        self.running["identified"] = self.running["plain"]

    def wanted(self, record: str) -> str:
        return OWN_SOA if record.split()[0] == f"{ZONE}." and record.split()[3] == "SOA" else record

    def _start(self, kind: str, folder: Path) -> Running:
        ports: dict[str, int] = {}

        def prepare() -> tuple[list[str], None]:
            ports.update(port=free_port(), http_port=free_port())
            (folder / "config.cfg").write_text(
                acme_dns_configuration(
                    folder,
                    ZONE,
                    ports["port"],
                    ports["http_port"],
                    map(json.dumps, static_records()),
                    engine="sqlite",
                    log_level="info",
                )
            )
            return [self._program, "-c", str(folder / "config.cfg")], None

        self.processes.start_server(
            f"{self.name}-{kind}",
            prepare,
            lambda: all(is_listening(port) for port in ports.values()),
            status_when_ended=-signal.SIGTERM,  # it does not handle the signal
        )
        self.words |= enrol_and_publish(ports["http_port"])
        return Running(port=ports["port"], tls_port=0)


def static_records() -> list[str]:
    """All records but the SOA of its own zone and the CAA of delegates, whose names are unknown before they are enrolled."""
    records = apex_records() + configured_records()
    for file in zone_files():
        zone = dns.zone.from_text(file.read_text(), origin=file.stem, relativize=False)
        records += [
            f"{name} {ttl} IN {dns.rdatatype.to_text(data.rdtype)} {data.to_text()}"
            for name, ttl, data in zone.iterate_rdatas()
        ]
    return records
