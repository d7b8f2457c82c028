"""The server under test, twice: “plain” as it comes, “identified” with an identity, a version, NSID and TLS."""

import json
import shutil
import struct
import time
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path

from Interop.loopback import SECONDS, ask_datagram, ask_stream
from Interop.patience import patiently
from Interop.processes import LabError, Processes, free_port

HERE = Path(__file__).resolve().parent
ZONE = "delegates.example.net"
SECRET = "e5e973e5a6b2a43f48e7dc849e37bfcf"
VALUES = {"value1": "LPsIwTo7o8BoG0-vjCyGQGBWSVIPxI-i_X336eUOQZo", "value2": "0k8uEXv-1HhZSTXrJOSnIBJ7fo4PnPDVzxqM0iLTyVM"}
SILENCE_SECONDS = 0.5
READY_WITHIN = patiently(15)  # seconds

NUNCIO = """\
zones: ["{zone}"]
nameservers: ["ns1.{zone}", "ns2.elsewhere.test"]
contact: "hostmaster@example.net"
records:
{records}
zone-files: ["zones"]
nameserver:
  listen: ["127.0.0.1:{port}"]
  cookie-secrets: ["{secret}"]
{identity}webserver:
  listen: ["127.0.0.1:{http_port}"]
registration:
  mode: "open"
metrics:
  listen: []
# As the peers serve the zones; what is different in signed ones the small internet judges.
dnssec:
  mode: "off"
storage:
  sqlite:
    path: "nuncio.db"
"""

NUNCIO_IDENTITY = """\
  identifier: "one.example"
  version: "two"
  tls:
    listen: ["127.0.0.1:{tls_port}"]
    certificate: "../tls.crt"
    key: "../tls.key"
"""

NSD = """\
server:
    ip-address: 127.0.0.1@{port}
    do-ip6: no
    server-count: 1
    username: ""
    zonesdir: "{folder}"
    database: ""
    zonelistfile: "{folder}/zone.list"
    xfrdfile: "{folder}/xfrd.state"
    xfrdir: "{folder}"
    pidfile: "{folder}/nsd.pid"
    answer-cookie: yes
    cookie-secret: "{secret}"
{identity}
remote-control:
    control-enable: no
"""

NSD_IDENTITY = """\
    identity: "one.example"
    nsid: "ascii_one.example"
    version: "two"
    ip-address: 127.0.0.1@{tls_port}
    tls-port: {tls_port}
    tls-service-pem: "{folder}/../tls.crt"
    tls-service-key: "{folder}/../tls.key"
"""

KNOT = """\
server:
    listen: "127.0.0.1@{port}"
    rundir: "{folder}"
{identity}
database:
    storage: "{folder}"
log:
  - target: stderr
    any: info
{modules}template:
  - id: default
    zonefile-sync: -1
"""

# With cookies, Knot answers only clients that have shown a right one, so only one of the two has them.
KNOT_IDENTITY = """\
    identity: "one.example"
    version: "two"
    nsid: "one.example"
"""
KNOT_COOKIES = """\
mod-cookies:
  - id: scenarios
    secret: 0x{secret}
"""


# BIND runs in the foreground, in its own folder, without a control channel.
BIND = """\
options {{
    directory "{folder}";
    pid-file "{folder}/named.pid";
    session-keyfile "{folder}/session.key";
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    recursion no;
    notify no;
    dnssec-validation no;
    check-names primary ignore;
    cookie-algorithm siphash24;
    cookie-secret "{secret}";
}};
controls {{ }};
"""


@dataclass
class Running:
    """One server process."""

    port: int
    tls_port: int


class Server:
    serves_tls = True

    def __init__(self, processes: Processes):
        self.processes = processes
        self.words: dict[str, str] = dict(VALUES)
        self.running: dict[str, Running] = {}

    def start(self, kinds=("plain", "identified")):
        if "identified" in kinds:
            make_certificate(self.processes)
        for kind in kinds:
            folder = self.processes.directory / f"{self.name}-{kind}"
            (folder / "zones").mkdir(parents=True)
            self._start(kind, folder)
            if not self.running[kind]:
                raise LabError(f"{self.name} did not start")
            self._await_answer(self.running[kind])

    def wanted(self, record: str) -> str:
        """The record that a scenario wants, as this server may have it."""
        return record

    def ask(self, kind: str, transport: str, query: bytes, expects_silence: bool = False) -> bytes | None:
        """The octets of the response; `None` if there is none in time."""
        running = self.running[kind]
        seconds = SILENCE_SECONDS if expects_silence else SECONDS
        try:
            if transport == "udp":
                return ask_datagram(running.port, query, seconds)
            return ask_stream(running.tls_port if transport == "tls" else running.port, query, seconds, transport == "tls")
        except (TimeoutError, ConnectionError, EOFError):
            return None

    def _await_answer(self, running: Running):
        query = bytes.fromhex("4e55 0000 0001 0000 0000 0000") + wire(ZONE) + struct.pack("!HH", 6, 1)
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            try:
                if ask_datagram(running.port, query, 0.5)[3] & 0xF == 0:
                    return
            except (TimeoutError, ConnectionError):
                time.sleep(0.05)
        raise LabError(f"{self.name} gave no answer within {READY_WITHIN:.0f} s")


class Nuncio(Server):
    name = "nuncio"

    def __init__(self, processes: Processes, program: Path):
        super().__init__(processes)
        self._program = str(program)

    def _start(self, kind: str, folder: Path):
        for file in (HERE / "zones").glob("*.zone"):
            (folder / "zones" / file.name).write_text(file.read_text())
        ports = {}

        def prepare():
            ports.update(port=free_port(), http_port=free_port(), tls_port=free_port())
            identity = NUNCIO_IDENTITY.format(**ports) if kind == "identified" else ""
            (folder / "nuncio.yaml").write_text(
                NUNCIO.format(
                    zone=ZONE,
                    records="\n".join(f"  - '{record}'" for record in configured_records()),
                    secret=SECRET,
                    identity=identity,
                    **ports,
                )
            )
            return ["env", "-C", str(folder), self._program, "serve", "--config", "nuncio.yaml"], None

        name = f"nuncio-{kind}"
        log = self.processes.log_of(name)
        self.processes.start_server(name, prepare, lambda: "] ready" in log.read_text(errors="replace"))
        self.running[kind] = Running(ports["port"], ports["tls_port"])
        if kind == "plain":
            self.words |= publish(ports["http_port"])


class Peer(Server):
    """A server that has all its content in files from the start."""

    def __init__(self, processes: Processes):
        super().__init__(processes)
        self.words |= {"silent": str(uuid.uuid4()), "published": str(uuid.uuid4())}

    def _start(self, kind: str, folder: Path):
        zones = {ZONE: self._delegates_zone()} | {file.stem: file.read_text() for file in (HERE / "zones").glob("*.zone")}
        for name, text in zones.items():
            (folder / "zones" / f"{name}.zone").write_text(text)
        ports = {}

        def prepare():
            ports.update(port=free_port(), tls_port=free_port())
            (folder / "conf").write_text(self._configuration(folder, kind, ports, zones))
            return [*self.command, str(folder / "conf")], None

        self.processes.start_server(f"{self.name}-{kind}", prepare, lambda: True)
        self.running[kind] = Running(**ports)

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
    command = ["nsd", "-d", "-c"]

    def _configuration(self, folder, kind, ports, zones) -> str:
        identity = (
            NSD_IDENTITY.format(folder=folder, **ports)
            if kind == "identified"
            else ("    hide-version: yes\n    hide-identity: yes\n")
        )
        return NSD.format(folder=folder, secret=SECRET, identity=identity, **ports) + "".join(
            f'zone:\n    name: "{name}."\n    zonefile: "{folder}/zones/{name}.zone"\n' for name in zones
        )


class Knot(Peer):
    name = "knot"
    command = ["knotd", "-c"]
    serves_tls = False  # Debian's Knot does not

    def _configuration(self, folder, kind, ports, zones) -> str:
        identity, modules = '    identity: ""\n    version: ""\n', ""
        if kind == "identified":
            identity, modules = KNOT_IDENTITY, KNOT_COOKIES.format(secret=SECRET)
        configuration = KNOT.format(folder=folder, identity=identity, modules=modules, **ports)
        if modules:
            configuration += "    global-module: mod-cookies/scenarios\n"
        return (
            configuration
            + "zone:\n"
            + "".join(f'  - domain: "{name}."\n    file: "{folder}/zones/{name}.zone"\n' for name in zones)
        )


class Bind(Peer):
    """Only compared for its cookies: no scenario runs on it."""

    name = "bind"
    serves_tls = False

    def __init__(self, processes: Processes):
        super().__init__(processes)
        # Debian's AppArmor profile confines the program by its path to other folders than the lab's.
        program = shutil.copy(shutil.which("named", path="/usr/sbin:/usr/bin"), str(processes.directory / "named"))
        self.command = [program, "-g", "-c"]

    def _configuration(self, folder, kind, ports, zones) -> str:
        # One zone is enough for a query; the others have records that BIND does not load.
        return BIND.format(folder=folder, secret=SECRET, **ports) + (
            f'zone "{ZONE}" {{ type primary; file "zones/{ZONE}.zone"; }};\n'
        )


PEERS = {peer.name: peer for peer in (Nsd, Knot)}


def apex_records() -> list[str]:
    """The records that nuncio makes by itself, without the SOA."""
    return [
        f"{ZONE}. 3600 IN NS ns1.{ZONE}.",
        f"{ZONE}. 3600 IN NS ns2.elsewhere.test.",
        f"{ZONE}. 3600 IN MX 0 .",
        f'{ZONE}. 3600 IN TXT "v=spf1 -all"',
        f'_dmarc.{ZONE}. 3600 IN TXT "v=DMARC1; p=reject; sp=reject"',
    ]


def configured_records() -> list[str]:
    """The records in nuncio's configuration, and in the zone files of the others."""
    lines = (HERE / "zones" / "delegates.records").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def make_certificate(processes: Processes):
    if not (processes.directory / "tls.key").exists():
        processes.run(
            [
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=one.example",
                "-keyout",
                "tls.key",
                "-out",
                "tls.crt",
            ]
        )


def publish(port: int) -> dict[str, str]:
    """Enrols two delegates over the API of acme-dns, publishes the values of one of them, and returns their labels."""
    silent, published = post(port, "register", {}, {}), post(port, "register", {}, {})
    for value in VALUES.values():
        post(
            port,
            "update",
            {"subdomain": published["subdomain"], "txt": value},
            {"X-Api-User": published["username"], "X-Api-Key": published["password"]},
        )
    return {"silent": silent["subdomain"], "published": published["subdomain"]}


def post(port: int, path: str, body: dict, headers: dict) -> dict:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/{path}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"} | headers,
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=SECONDS) as response:
        return json.load(response)


def wire(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
