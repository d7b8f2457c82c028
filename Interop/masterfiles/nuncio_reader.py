"""The outcome of master files at nuncio: the files that it takes, the records that it prints, and its answers."""

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import dns.message
import dns.name
import dns.query

from Interop.dns_octets import octets_of
from Interop.loopback import receive
from Interop.masterfiles.other_readers import Record
from Interop.nuncio_server import NuncioServer
from Interop.processes import LabError, Prepared, Processes

SOA, OPT = 6, 41


class ZoneServer(NuncioServer):
    """A server of the zone files in a folder, unsigned, which allows this machine to transfer whole zones."""

    def __init__(self, processes: Processes, program: str, folder: Path) -> None:
        self._folder = folder
        super().__init__(processes, program)

    def _prepare(self) -> Prepared:
        command, _ = super()._prepare()
        return command, environment_of(self._folder)

    def records(self, origin: str) -> set[Record]:
        """All records of a zone, fetched by AXFR."""
        found = set()
        query = dns.message.make_query(origin, "AXFR")
        with socket.create_connection(("127.0.0.1", self.dns_port), 10) as tcp:
            dns.query.send_tcp(tcp, query)
            ends = 0
            while ends < 2:
                octets = _message(tcp)
                for record in read_answers(octets):
                    ends += record[1] == SOA
                    found.add(record)
        return found


def _message(tcp: socket.socket) -> bytes:
    try:
        return receive(tcp, int.from_bytes(receive(tcp, 2)))
    except EOFError:
        raise LabError("the transfer ended early") from None


# Types whose names a message may compress (RFC 3597 section 4): where the names begin, and how many follow one another.
COMPRESSIBLE = {2: (0, 1), 5: (0, 1), 6: (0, 2), 12: (0, 1), 15: (2, 1), 7: (0, 1), 8: (0, 1), 9: (0, 1), 14: (0, 2)}


def read_answers(message: bytes) -> Iterator[Record]:
    """The records of a message as octets: dnspython would make values of them, and refuse those that it does not like."""
    if message[3] & 0xF:
        raise LabError(f"a transfer was answered with RCODE {message[3] & 0xF}")
    position = 12
    for _ in range(int.from_bytes(message[4:6], "big")):
        _, length = dns.name.from_wire(message, position)
        position += length + 4
    for _ in range(int.from_bytes(message[6:8], "big")):
        owner, length = dns.name.from_wire(message, position)
        position += length
        rdtype = int.from_bytes(message[position : position + 2], "big")
        ttl = int.from_bytes(message[position + 4 : position + 8], "big")
        size = int.from_bytes(message[position + 8 : position + 10], "big")
        position += 10
        data = message[position : position + size]
        if rdtype in COMPRESSIBLE:
            offset, count = COMPRESSIBLE[rdtype]
            data = message[position : position + offset]
            place = position + offset
            for _ in range(count):
                name, length = dns.name.from_wire(message, place)
                data += octets_of(name)
                place += length
            data += message[place : position + size]
        position += size
        yield (owner.canonicalize(), rdtype, ttl, data)


def environment_of(folder: Path) -> dict[str, str]:
    return {"NUNCIO_ZONE_FILES": str(folder), "NUNCIO_DNSSEC_MODE": "off", "NUNCIO_NAMESERVER_ALLOW_TRANSFER": "127.0.0.0/8"}


def refused_files(program: str, folder: Path, configuration: Path) -> dict[str, str]:
    """The files with a problem in `config check`, each with its first one; any other problem ends the run."""
    done = subprocess.run(
        [program, "config", "check", "--json", "--config", str(configuration)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], **environment_of(folder)},
        check=False,
    )
    report = json.loads(done.stdout)
    refused: dict[str, str] = {}
    for problem in report["problems"]:
        match = re.match(rf"{re.escape(str(folder))}/(\S+?\.zone):(\d+: .*)", problem, re.DOTALL)
        if not match:
            raise LabError(problem)
        refused.setdefault(match[1], match[2])
    return refused


def printed_records(program: str, folder: Path, configuration: Path) -> dict[str, list[str]]:
    """The output of `config records`, by zone; a zone begins with its SOA record."""
    done = subprocess.run(
        [program, "config", "records", "--config", str(configuration)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], **environment_of(folder)},
        check=True,
    )
    zones: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        owner, _, _, rdtype, *_ = line.split(" ", 4)
        if rdtype == "SOA":
            lines = zones.setdefault(owner, [])
        lines.append(line)
    return zones


def records_of_file(program: str, origin: str, file: Path, configuration: Path) -> tuple[str, str | None]:
    """The output of `config records` for a file that is given as the zone of a name, or the file's first problem."""
    done = subprocess.run(
        [program, "config", "records", origin, "--config", str(configuration)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "NUNCIO_DNSSEC_MODE": "off", "NUNCIO_ZONE_FILES": f"{origin}={file}"},
        check=False,
    )
    return (done.stdout, None) if done.returncode == 0 else ("", done.stderr.splitlines()[0] if done.stderr else "no output")
