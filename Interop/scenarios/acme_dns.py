"""acme-dns, from a program that the operator brings: it is in no registry that the lab installs from.

acme-dns has one zone of its own, whose SOA it makes from settings, and a list of static records with any names. So that list
has the records of all zones; acme-dns does not know that a name is in another zone, or a delegation. The numbers in its own SOA
cannot be chosen, and any count as right. It has no identity, no NSID, no cookies and no TLS to configure: the two servers of the
scenarios are one process.
"""

import json
import signal
import socket
from pathlib import Path

import dns.rdatatype
import dns.zone

from Interop.processes import Processes, free_port
from Interop.scenarios.scenario_servers import HERE, ZONE, Running, Server, apex_records, configured_records, publish

# As in acme-dns's own example, except for addresses and names. Before version 2.0 the engine was called sqlite3.
CONFIGURATION = """\
[general]
listen = "127.0.0.1:{port}"
protocol = "both4"
domain = "{zone}"
nsname = "ns1.{zone}"
nsadmin = "hostmaster.example.net"
records = [
{records}
]
debug = false

[database]
engine = "sqlite"
connection = "{folder}/acme-dns.db"

[api]
ip = "127.0.0.1"
disable_registration = false
port = "{http_port}"
tls = "none"
corsorigins = ["*"]
use_header = false

[logconfig]
loglevel = "info"
logtype = "stdout"
logformat = "text"
"""

OWN_SOA = f"{ZONE}. * IN SOA ns1.{ZONE}. hostmaster.example.net. * * * * *"


class AcmeDns(Server):
    name = "acme-dns"
    serves_tls = False

    def __init__(self, processes: Processes, program: Path):
        super().__init__(processes)
        self._program = str(program)

    def start(self):
        super().start(kinds=["plain"])
        self.running["identified"] = self.running["plain"]

    def wanted(self, record: str) -> str:
        return OWN_SOA if record.split()[0] == f"{ZONE}." and record.split()[3] == "SOA" else record

    def _start(self, kind: str, folder: Path):
        ports = {}

        def prepare():
            ports.update(port=free_port(), http_port=free_port())
            (folder / "config.cfg").write_text(
                CONFIGURATION.format(
                    folder=folder,
                    zone=ZONE,
                    records=",\n".join(f"    {json.dumps(record)}" for record in static_records()),
                    **ports,
                )
            )
            return [self._program, "-c", str(folder / "config.cfg")], None

        self.processes.start_server(
            f"{self.name}-{kind}",
            prepare,
            lambda: all(is_listening(port) for port in ports.values()),
            status_when_ended=-signal.SIGTERM,
        )  # it does not handle the signal
        self.running[kind] = Running(port=ports["port"], tls_port=0)
        self.words |= publish(ports["http_port"])


def static_records() -> list[str]:
    """All records but the SOA of its own zone and the CAA of delegates, whose names are unknown before they are enrolled."""
    records = apex_records() + configured_records()
    for file in sorted((HERE / "zones").glob("*.zone")):
        zone = dns.zone.from_text(file.read_text(), origin=file.stem, relativize=False)
        records += [
            f"{name} {ttl} IN {dns.rdatatype.to_text(data.rdtype)} {data.to_text()}"
            for name, ttl, data in zone.iterate_rdatas()
        ]
    return records


def is_listening(port: int) -> bool:
    with socket.socket() as tcp:
        return tcp.connect_ex(("127.0.0.1", port)) == 0
