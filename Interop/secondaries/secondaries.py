"""BIND, NSD and Knot as secondaries.

Each has the configuration in its manual, allows transfers to everybody on loopback, and is told by a command to look whether
its copy is old. None is told to fetch a zone whatever its serial is.
"""

import base64
import re
import secrets
import time

from Interop.peer_configurations import bind_options, knot_configuration, nsd_configuration
from Interop.processes import Prepared, Processes, free_port, wait_until
from Interop.secondaries.transfers import POLL_WITHIN, serial_at

# Some report only to the second when they have looked.
ASK_AGAIN_AFTER = 0.5  # seconds


NSD_SERVER = """\
    # What it has fetched is served at once, not a second after the last.
    xfrd-reload-timeout: 0
    verbosity: 2
"""
NSD_ZONE = """\
    request-xfr: 127.0.0.1@{port} NOKEY
    provide-xfr: 127.0.0.0/8 NOKEY
"""
KNOT_SECTIONS = """\
remote:
  - id: primary
    address: "127.0.0.1@{port}"
acl:
  - id: loopback
    address: "127.0.0.0/8"
    action: transfer
"""
KNOT_TEMPLATE = """\
    storage: "{folder}"
    master: primary
    acl: loopback
"""


class Secondary:
    """One server with copies of the primary's zones. It starts without waiting until it has them."""

    name: str
    # Log lines that report a transfer that was taken, a serial that was too low, and something wrong.
    transferred: re.Pattern[str]
    too_low: re.Pattern[str]
    wrong = re.compile(r"\b(error|critical|warning|failed|refused)\b", re.IGNORECASE)
    # The lines among the wrong ones that are right here.
    harmless = re.compile(r"^$")
    command: tuple[str, ...]  # to which the path of the configuration is added

    def __init__(self, processes: Processes, primary_port: int, zones: tuple[str, ...], suffix: str = "") -> None:
        self._processes, self._primary_port, self._zones = processes, primary_port, zones
        self.folder = processes.directory / f"{self.name.lower()}{suffix}"
        self.folder.mkdir()
        self._log = processes.log_of(self.folder.name)
        self._server = processes.start_server(self.folder.name, self._prepare, self._is_ready)

    def _configuration(self) -> str:
        raise NotImplementedError

    def _is_ready(self) -> bool:
        raise NotImplementedError

    def refresh(self, zone: str) -> None:
        """Makes it ask the primary for the serial; returns before it has."""
        raise NotImplementedError

    def _latest_look(self, zone: str) -> object:
        """A value that changes when it has asked for the serial and got the answer."""
        raise NotImplementedError

    def serial(self, zone: str) -> int | None:
        return serial_at(self.port, zone, POLL_WITHIN)

    def await_serial(self, zone: str, serial: int, what: str) -> None:
        wait_until(lambda: self.serial(zone) == serial, 5, what)

    def await_look(self, zone: str) -> None:
        """Makes it ask the primary for the serial, and waits until it has the answer."""
        before = self._latest_look(zone)
        asked = -ASK_AGAIN_AFTER

        def has_looked() -> bool:
            nonlocal asked
            if time.monotonic() - asked > ASK_AGAIN_AFTER:
                asked = time.monotonic()
                self.refresh(zone)
            return self._latest_look(zone) != before

        wait_until(has_looked, 5, f"{self.name} asks for the serial of {zone}")

    def found_too_low(self) -> bool:
        return self.too_low.search(self._text()) is not None

    def transfer_count(self) -> int:
        return len(self.transferred.findall(self._text()))

    def complaints(self, gone: list[str]) -> list[str]:
        """The lines of its log that report something wrong.

        Lines about zones that the primary no longer has do not count.
        """
        of_gone = re.compile(rf"(?<![\w.-])({'|'.join(map(re.escape, gone))})\.?(?![\w.-])")
        return [
            line
            for line in self._text().splitlines()
            if self.wrong.search(line) and not self.harmless.search(line) and not of_gone.search(line)
        ]

    def _said(self, pattern: str) -> bool:
        return re.search(pattern, self._text()) is not None

    def _text(self) -> str:
        return self._log.read_text(errors="replace")

    def _prepare(self) -> Prepared:
        self.port, self._control_port = free_port(), free_port()
        configuration = self.folder / "conf"
        configuration.write_text(self._configuration())
        return [*self.command, str(configuration)], None


class Bind(Secondary):
    name = "BIND"
    transferred = re.compile(r"Transfer status: success")
    too_low = re.compile(r"serial number \(\d+\) received from primary .* < ours")
    # It may ask the primary before that is started again.
    harmless = re.compile(r"refresh: failure trying primary .* connection refused")
    command = ("named", "-g", "-c")

    def _configuration(self) -> str:
        secret = base64.b64encode(secrets.token_bytes(32)).decode()
        key = f'key "rndc" {{ algorithm hmac-sha256; secret "{secret}"; }};\n'
        file = self.folder / "rndc.key"
        file.touch(mode=0o600)
        file.write_text(key)
        controls = f'inet 127.0.0.1 port {self._control_port} allow {{ 127.0.0.1; }} keys {{ "rndc"; }};'
        zones = "".join(
            f'zone "{zone}" {{ type secondary; primaries {{ 127.0.0.1 port {self._primary_port}; }}; file "{zone}zone"; }};\n'
            for zone in self._zones
        )
        options = bind_options(self.folder, self.port, "    allow-transfer { 127.0.0.0/8; };\n")
        return f"{key}controls {{ {controls} }};\n{options}{zones}"

    def _is_ready(self) -> bool:
        return self._said(r"(?m)\brunning$")

    def refresh(self, zone: str) -> None:
        self._rndc("refresh", zone)

    def _latest_look(self, zone: str) -> str:
        # The time of its next look, which is random after each look.
        return " ".join(re.findall(r"^next refresh: .*", self._rndc("zonestatus", zone), re.MULTILINE))

    def _rndc(self, *arguments: str) -> str:
        return self._processes.run(
            ["rndc", "-k", str(self.folder / "rndc.key"), "-s", "127.0.0.1", "-p", str(self._control_port), *arguments]
        ).output


class Nsd(Secondary):
    name = "NSD"
    transferred = re.compile(r"\bcommitted\b.*\breceived update to serial\b")
    too_low = re.compile(r"ignoring old serial")
    command = ("nsd", "-d", "-c")

    def _configuration(self) -> str:
        return nsd_configuration(
            self.folder,
            [f"127.0.0.1@{self.port}"],
            {zone: f"{zone}zone" for zone in self._zones},
            server=NSD_SERVER,
            control=f'    control-enable: yes\n    control-interface: "{self.folder}/control"\n',
            zone=NSD_ZONE.format(port=self._primary_port),
        )

    def _is_ready(self) -> bool:
        return self._said(r"nsd started")

    def refresh(self, zone: str) -> None:
        self._nsd_control("transfer", zone)

    def _latest_look(self, zone: str) -> str:
        # The time, to the second, since which its serial is the primary's, as far as it knows.
        return " ".join(re.findall(r"served-serial: .*", self._nsd_control("zonestatus", zone)))

    def _nsd_control(self, *arguments: str) -> str:
        return self._processes.run(["nsd-control", "-c", str(self.folder / "conf"), *arguments]).output


class Knot(Secondary):
    name = "Knot"
    transferred = re.compile(r"\b[AI]XFR, incoming, .*\bfinished\b")
    # This is all it says about a master with a lower serial.
    too_low = re.compile(r"refresh, failed \(no usable master\)")
    harmless = re.compile(r"failed to parse zone file .* \(not exists\)")
    command = ("knotd", "-c")

    def _configuration(self) -> str:
        return knot_configuration(
            self.folder,
            [f"127.0.0.1@{self.port}"],
            dict.fromkeys(self._zones),
            sections=KNOT_SECTIONS.format(port=self._primary_port),
            template=KNOT_TEMPLATE.format(folder=self.folder),
        )

    def _is_ready(self) -> bool:
        return self._said(r"server started")

    def refresh(self, zone: str) -> None:
        self._processes.run(["knotc", "-s", str(self.folder / "knot.sock"), "zone-refresh", zone])

    def _latest_look(self, zone: str) -> int:
        return len(re.findall(rf"\[{re.escape(zone)}\] refresh, .*, (?:zone is up-to-date|zone updated)", self._text()))


ALL: tuple[type[Secondary], ...] = (Bind, Nsd, Knot)
