"""Nuncio as the primary: its configuration, its starts and ends, and the changes to its zones."""

import http.client
import itertools
import json
import signal
import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from Interop.patience import ANSWER_WITHIN
from Interop.peer_configurations import nuncio_sections
from Interop.processes import LabError, Processes, free_port

ZONE = "d.example.net."  # its SOA record is made
FILE_ZONE = "files.example.net."  # of a master file

CONFIGURATION = """\
zones: {zones}
nameservers: {nameservers}
contact: "{contact}"
records: {records}
zone-files: {zone_files}
serials-above: {serials_above}
mail-records: {mail_records}
negative-ttl: {negative_ttl}
nameserver:
  listen: ["127.0.0.1:{port}"]
  allow-transfer: ["127.0.0.0/8"]
{sections}"""

ZONE_FILE = """\
$TTL 300
@ IN SOA ns1.d.example.net. hostmaster.example.net. {serial} 3600 600 604800 60
@ NS ns1.d.example.net.
@ MX 10 mail
mail A 192.0.2.25
note TXT "{note}"
"""


@dataclass
class Settings:
    """The configuration's settings for the zones."""

    zones: list[str] = field(default_factory=lambda: ["d.example.net"])
    # By the zone's name.
    zone_files: dict[str, Path] = field(default_factory=dict)
    nameservers: list[str] = field(default_factory=lambda: ["ns1.d.example.net"])
    contact: str = "hostmaster@example.net"
    records: dict[str, str] = field(default_factory=lambda: {"ns1.d.example.net.": "A 127.0.0.1"})
    serials_above: list[str] = field(default_factory=list)
    mail_records: bool = True
    negative_ttl: int = 1


@dataclass
class Holder:
    """The holder of a delegate, with the credential to publish at it."""

    name: str
    username: str
    password: str


class Primary:
    def __init__(self, processes: Processes, program: str, name: str = "nuncio", port: int | None = None) -> None:
        self._processes, self._program, self._name = processes, program, name
        self._folder = processes.directory / name
        self._folder.mkdir()
        self._file = str(self._folder / "nuncio.yaml")
        self._numbers = itertools.count(1)
        self._connections = threading.local()
        self.port, self.http_port = port or free_port(), free_port()
        self.settings = Settings(zone_files={FILE_ZONE.rstrip("."): self._folder / "files.zone"})
        self.write_zone_file(7, "first")

    # MARK: Starts and ends

    def start(self) -> None:
        self.write_configuration()
        name = f"{self._name}-{next(self._numbers)}"
        self._server = self._processes.start_server(name, self._command, lambda: self._processes.has_logged(name, "] ready"))

    def stop(self) -> None:
        complaints = self._processes.end(self._server)
        if complaints:
            raise LabError("; ".join(complaints))

    def kill(self) -> None:
        """Ends the server without a warning, like a power failure."""
        self._processes.kill(self._server)

    def _command(self) -> tuple[list[str], None]:
        return [self._program, "serve", "--config", self._file], None

    # MARK: The configuration

    def write_configuration(self) -> None:
        settings = self.settings
        Path(self._file).write_text(
            CONFIGURATION.format(
                port=self.port,
                sections=nuncio_sections(self.http_port, self._folder / "nuncio.db"),
                contact=settings.contact,
                zones=json.dumps(settings.zones),
                zone_files=json.dumps([f"{name}={file}" for name, file in settings.zone_files.items()]),
                nameservers=json.dumps(settings.nameservers),
                serials_above=json.dumps(settings.serials_above),
                records=json.dumps([f"{owner} 3600 IN {data}" for owner, data in settings.records.items()]),
                mail_records=json.dumps(settings.mail_records),
                negative_ttl=settings.negative_ttl,
            )
        )

    def write_zone_file(self, serial: int, note: str) -> None:
        (self._folder / "files.zone").write_text(ZONE_FILE.format(serial=serial, note=note))

    def reload(self) -> None:
        """Returns when the server says that the configuration holds."""
        self.write_configuration()
        self._run("reload")

    def hang_up(self) -> None:
        """Makes the server read its configuration, without waiting for that."""
        self.write_configuration()
        self._server.send_signal(signal.SIGHUP)

    # MARK: The storage

    def back_up(self) -> str:
        file = str(self._folder / "backup.db")
        self._run("backup", file)
        return file

    def restore(self, file: str) -> None:
        self._run("restore", file, "--replace")

    def let_time_pass(self, seconds: int) -> None:
        """Makes all values older by `seconds`, as if the server had not run for that long. The server must not run.

        libfaketime does not work here: under it the server's timers do not run.
        """
        with closing(sqlite3.connect(self._folder / "nuncio.db")) as database, database:
            database.execute("UPDATE challenge_value SET published_at = published_at - ?", [seconds])

    # MARK: Delegates

    def create_delegate(self, name: str) -> Holder:
        file = self._folder / f"{name}.json"
        self._run("delegates", "create", name, "--output", str(file))
        return _holder(json.loads(file.read_text()))

    def delete_delegate(self, name: str) -> None:
        self._run("delegates", "delete", "--yes", name)

    def disable_delegate(self, name: str) -> None:
        self._run("delegates", "disable", name)

    def register(self) -> Holder:
        return _holder(self._post("/register", {}, {}, 201))

    def publish(self, holder: Holder, value: str) -> None:
        """Returns when the DNS answers the value."""
        self._post(
            "/update",
            {"X-Api-User": holder.username, "X-Api-Key": holder.password},
            {"subdomain": holder.name.split(".")[0], "txt": value},
            200,
        )

    def _run(self, *arguments: str) -> None:
        self._processes.run([self._program, *arguments, "--config", self._file])

    def _post(self, path: str, headers: dict[str, str], body: dict[str, str], wanted: int) -> dict[str, str]:
        # A connection for each thread, and a new one if the server has ended the last.
        for attempt in range(2):
            connection = getattr(self._connections, "http", None)
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=ANSWER_WITHIN)
                self._connections.http = connection
            try:
                connection.request("POST", path, json.dumps(body), headers | {"Content-Type": "application/json"})
                response = connection.getresponse()
                text = response.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                self._connections.http = None
                if attempt:
                    raise
                continue
            if response.status != wanted:
                raise LabError(f"POST {path} was answered with {response.status} {text[:200]!r}")
            answer: dict[str, str] = json.loads(text)
            return answer
        raise AssertionError


def _holder(credential: dict[str, str]) -> Holder:
    return Holder(credential["fulldomain"] + ".", credential["username"], credential["password"])
