"""One node: its configuration, its process, and the program and clock that the process runs with."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from Interop.cluster.cluster_hosts import DATABASES, HTTP_PORT, NODES, ZONE, at
from Interop.cluster.database_pair import DATABASE, USER, Step
from Interop.cluster.placed_processes import PlacedProcess
from Interop.processes import Processes

LEASE = 5  # seconds
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")

SEALING_KEY = "0123456789abcdef" * 4 + "\n"

CONFIGURATION = """\
zones: ["{zone}"]
nameservers: ["ns1.example.net."]
contact: hostmaster@example.net
nameserver: {{listen: ["{address}:53"], rate-limit-exempt: ["10.77.0.0/16"]}}
webserver: {{listen: ["{address}:{http_port}"]}}
metrics: {{listen: []}}
registration: {{mode: open}}
limits: {{updates-per-hour: 0, updates-per-hour-of-network: 0, exempt: ["10.77.0.0/16"]}}
dnssec: {{mode: "{dnssec}", resolvers: [], sealing-key-file: "{sealing_key}"}}
doctor: {{mode: "off"}}
state-folder: {folder}/state
node: {{name: {name}, lease: {lease}}}
storage:
  postgresql:
    connection: "host={databases} user={user} dbname={database} {further}"
"""


class Node:
    """A node that is started again, as an init system does it, whenever it has ended without being told to."""

    RESTART_AFTER = 1.0  # seconds
    ENDS_WITHIN = 30  # seconds; systemd waits 90

    def __init__(
        self, processes: Processes, name: str, program: Path, note: Callable[[str], object], *, is_signed: bool
    ) -> None:
        self.name, self.address = name, NODES[name]
        self.program = self._usual_program = program
        self.clock_offset = 0  # seconds
        self._processes, self._log = processes, processes.log_of(name)
        self._note = note
        self._process: PlacedProcess | None = None
        self._ended_at = 0.0
        self._is_wanted = False
        self.died: list[str] = []  # what nobody has asked for
        folder = processes.directory / name
        (folder / "state").mkdir(parents=True, mode=0o700)
        sealing_key = folder / "sealing-key"
        sealing_key.write_text(SEALING_KEY)
        sealing_key.chmod(0o600)
        self._configuration = folder / "nuncio.yaml"
        self._configuration.write_text(
            CONFIGURATION.format(
                zone=ZONE,
                address=self.address,
                http_port=HTTP_PORT,
                dnssec="on" if is_signed else "off",
                sealing_key=sealing_key,
                folder=folder,
                name=name,
                lease=LEASE,
                databases=",".join(DATABASES.values()),
                user=USER,
                database=DATABASE,
                further="target_session_attrs=read-write sslmode=disable connect_timeout=2",
            )
        )

    def start(self) -> None:
        environment = {}
        if self.clock_offset:
            # Timers need the steady clock as it is.
            environment = {
                "LD_PRELOAD": str(FAKETIME),
                "FAKETIME": f"{self.clock_offset:+d}s",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            }
        command = [str(self.program), "serve", "--config", str(self._configuration)]
        self._process = PlacedProcess(self.name, command, self._log, environment)
        self._is_wanted = True
        self._note(f"{self.name} is started")

    def delegation_signers(self) -> list[str]:
        """The DS records of the zone, as the parent would have them."""
        command = [str(self.program), "dnssec", "ds", "--config", str(self._configuration)]
        return self._processes.run(at(self.name, command)).output.splitlines()

    def change_keys(self, *further: str) -> PlacedProcess:
        """Begins a change of the zone's keys, or does to one what the arguments say. It may be refused."""
        self._note(f"keys of the zone at {self.name}: rollover{''.join(' ' + word for word in further)}")
        command = [str(self.program), "dnssec", "rollover", ZONE, *further, "--config", str(self._configuration)]
        return PlacedProcess(self.name, command, self._processes.log_of(f"{self.name}-keys"))

    def kill(self) -> None:
        self._is_wanted = False
        if self._process:
            self._process.kill()
        self._note(f"{self.name} is killed")

    def end(self) -> Iterator[Step]:
        """Stops it in the ordinary way, and kills it if that takes too long."""
        self._is_wanted = False
        if not self._process:
            return
        self._process.send(signal.SIGTERM)
        self._note(f"{self.name} is told to end")
        deadline = time.monotonic() + self.ENDS_WITHIN
        while not self._process.has_ended():
            if time.monotonic() > deadline:
                if self.clock_offset:
                    # Under libfaketime a timed wait can last for ever. That is no fault of the program's.
                    self._note(f"{self.name} does not end with a wrong clock")
                    self.kill()
                    return
                self._process.write_stacks()
                self.died.append(f"{self.name} was still running {self.ENDS_WITHIN} s after SIGTERM")
                self.kill()
                return
            yield 0.05

    def send(self, number: signal.Signals) -> None:
        if self._process:
            self._process.send(number)
        self._note(f"{self.name} gets {number.name}")

    def write_stacks(self) -> None:
        if self._process:
            self._process.write_stacks()

    def use(self, program: Path | None) -> None:
        """The program from the next start on; `None` is the usual one."""
        self.program = program or self._usual_program

    def is_ready(self) -> bool:
        return self._process is not None and not self._process.has_ended() and self._process.has_logged("] ready")

    def look_after(self) -> None:
        """Starts the process again if it has ended by itself, and keeps in mind how."""
        if not self._is_wanted or self._process is None or not self._process.has_ended():
            self._ended_at = 0.0
            return
        if not self._ended_at:
            self._ended_at = time.monotonic()
            self._note(f"{self.name} ended by itself, with status {self._process.status}")
            if (self._process.status or 0) < 0:
                self.died.append(f"{self.name} ended by signal {-(self._process.status or 0)}")
        elif time.monotonic() > self._ended_at + self.RESTART_AFTER:
            self._ended_at = 0.0
            self.start()
