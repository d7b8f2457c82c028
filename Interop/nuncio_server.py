"""Nuncio's configuration and start."""

import re

from Interop.processes import Prepared, Processes, free_port

ZONE = "delegates.example.net"

CONFIGURATION = """\
zones: ["{zone}"]
nameservers: ["ns1.{zone}"]
contact: "hostmaster@example.net"
records:
  - "ns1.{zone}. 3600 IN A 127.0.0.1"
nameserver:
  listen: ["127.0.0.1:{dns_port}"]
webserver:
  listen: ["127.0.0.1:{http_port}"]
  public-url: "http://127.0.0.1:{http_port}"
registration:
  mode: "open"
metrics:
  listen: []
dnssec:
  resolvers: []
doctor:
  mode: "off"
storage:
  sqlite:
    path: "nuncio.db"
logging:
  level: "info"
  format: "text"
"""


class NuncioServer:
    def __init__(self, processes: Processes, program: str, zone: str = ZONE) -> None:
        self._processes = processes
        self._program = program
        self.zone = zone
        self.process = processes.start_server("nuncio", self._prepare, self._is_ready)

    def start_again(self) -> None:
        """After its end, with the same configuration and ports."""
        command, environment = self._command()
        self.process = self._processes.start_server("nuncio", lambda: (command, environment), self._is_ready)

    def delegation_signers(self) -> list[str]:
        """The DS records of the zone, as nuncio prints them for the parent."""
        return self._processes.run(
            [self._program, "dnssec", "ds", "--config", "nuncio.yaml"], announced=False
        ).output.splitlines()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def _prepare(self) -> Prepared:
        self.dns_port, self.http_port = free_port(), free_port()
        (self._processes.directory / "nuncio.yaml").write_text(self._configuration())
        return self._command()

    def _configuration(self) -> str:
        return CONFIGURATION.format(zone=self.zone, dns_port=self.dns_port, http_port=self.http_port)

    def _command(self) -> Prepared:
        return [self._program, "serve", "--config", "nuncio.yaml"], None

    def _is_ready(self) -> bool:
        return self.ready_line() is not None

    def ready_line(self) -> str | None:
        lines = self._processes.log_of("nuncio").read_text(errors="replace").splitlines()
        return next((line for line in lines if re.search(r"\bready\b", line)), None)
