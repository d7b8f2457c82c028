"""NSD, Knot and BIND with the same content as nuncio."""

import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

from Interop.peer_configurations import KNOT_READS_FILES, bind_options, knot_configuration, nsd_configuration
from Interop.processes import LabError, Processes, free_port
from Interop.scenarios.scenario_servers import SECRET, Running, Server
from Interop.scenarios.scenario_zones import VALUES, ZONE, apex_records, configured_records, zone_files

NSD_ANONYMOUS = """\
    hide-version: yes
    hide-identity: yes
"""
NSD_IDENTITY = """\
    identity: "one.example"
    nsid: "ascii_one.example"
    version: "two"
    tls-port: {tls_port}
    tls-service-pem: "{folder}/../tls.crt"
    tls-service-key: "{folder}/../tls.key"
"""
NSD_COOKIES = """\
    answer-cookie: yes
    cookie-secret: "{secret}"
"""

KNOT_ANONYMOUS = """\
    identity: ""
    version: ""
"""
KNOT_IDENTITY = """\
    identity: "one.example"
    version: "two"
    nsid: "one.example"
"""
# With cookies, Knot answers only clients that have shown a right one, so only one of the two has them.
KNOT_COOKIES = """\
mod-cookies:
  - id: scenarios
    secret: 0x{secret}
"""

BIND_COOKIES = """\
    check-names primary ignore;
    cookie-algorithm siphash24;
    cookie-secret "{secret}";
"""


class Peer(Server):
    """A server that has all its content in files from the start."""

    command: list[str]

    def __init__(self, processes: Processes) -> None:
        super().__init__(processes)
        self.words |= {"silent": str(uuid.uuid4()), "published": str(uuid.uuid4())}

    def _start(self, kind: str, folder: Path) -> Running:
        zones = {}
        for name, text in ({ZONE: self._delegates_zone()} | {file.stem: file.read_text() for file in zone_files()}).items():
            zones[f"{name}."] = folder / "zones" / f"{name}.zone"
            zones[f"{name}."].write_text(text)
        running = Running(0, 0)

        def prepare() -> tuple[list[str], None]:
            running.port, running.tls_port = free_port(), free_port()
            (folder / "conf").write_text(self._configuration(folder, kind, running, zones))
            return [*self.command, str(folder / "conf")], None

        self.processes.start_server(f"{self.name}-{kind}", prepare, lambda: True)
        return running

    def _configuration(self, folder: Path, kind: str, ports: Running, zones: Mapping[str, Path]) -> str:
        raise NotImplementedError

    def _delegates_zone(self) -> str:
        lines = [
            f"{ZONE}. 1 IN SOA ns1.{ZONE}. hostmaster.example.net. 1 3600 600 604800 1",
            *apex_records(),
            *configured_records(),
        ]
        for word in ("silent", "published"):
            lines += [f'{self.words[word]}.{ZONE}. 3600 IN CAA 0 {tag} ";"' for tag in ("issue", "issuewild")]
        lines += [f'{self.words["published"]}.{ZONE}. 1 IN TXT "{value}"' for value in VALUES.values()]
        return "".join(line + "\n" for line in lines)


class Nsd(Peer):
    name = "nsd"

    def __init__(self, processes: Processes) -> None:
        super().__init__(processes)
        self.command = ["nsd", "-d", "-c"]

    def _configuration(self, folder: Path, kind: str, ports: Running, zones: Mapping[str, Path]) -> str:
        listen, server = [f"127.0.0.1@{ports.port}"], NSD_COOKIES.format(secret=SECRET)
        if kind == "identified":
            listen.append(f"127.0.0.1@{ports.tls_port}")
            server += NSD_IDENTITY.format(folder=folder, tls_port=ports.tls_port)
        else:
            server += NSD_ANONYMOUS
        return nsd_configuration(folder, listen, zones, server=server)


class Knot(Peer):
    name = "knot"
    serves_tls = False  # Debian's Knot does not

    def __init__(self, processes: Processes) -> None:
        super().__init__(processes)
        self.command = ["knotd", "-c"]

    def _configuration(self, folder: Path, kind: str, ports: Running, zones: Mapping[str, Path]) -> str:
        listen = [f"127.0.0.1@{ports.port}"]
        if kind != "identified":
            return knot_configuration(folder, listen, zones, server=KNOT_ANONYMOUS)
        return knot_configuration(
            folder,
            listen,
            zones,
            server=KNOT_IDENTITY,
            sections=KNOT_COOKIES.format(secret=SECRET),
            template=KNOT_READS_FILES + "    global-module: mod-cookies/scenarios\n",
        )


class Bind(Peer):
    """Only compared for its cookies: no scenario runs on it."""

    name = "bind"
    serves_tls = False

    def __init__(self, processes: Processes) -> None:
        super().__init__(processes)
        installed = shutil.which("named", path="/usr/sbin:/usr/bin")
        if installed is None:
            raise LabError("BIND's “named” is not installed")
        # Debian's AppArmor profile confines the program by its path to other folders than the lab's.
        program = shutil.copy(installed, str(processes.directory / "named"))
        self.command = [program, "-g", "-c"]

    def _configuration(self, folder: Path, kind: str, ports: Running, zones: Mapping[str, Path]) -> str:
        # One zone is enough for a query; the others have records that BIND does not load.
        zone = f'zone "{ZONE}" {{ type primary; file "zones/{ZONE}.zone"; }};\n'
        return bind_options(folder, ports.port, BIND_COOKIES.format(secret=SECRET)) + "controls { };\n" + zone


PEERS: dict[str, type[Peer]] = {"nsd": Nsd, "knot": Knot}
