"""Asks a server without a pause while it is restarted, and counts the queries and requests that are lost.

This program stands in for systemd: it holds the sockets, and hands them to each server that it starts (LISTEN_FDS).

    python3 -m Interop.restart --nuncio .build/debug/nuncio
    python3 -m Interop.restart --nuncio .build/release/nuncio --rate 1000 --restarts 5 --without

Exit status 0 if nothing was lost. `--without` lets the servers bind the sockets themselves, to see what is lost then.
"""

import argparse
import http.client
import secrets
import select
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from Interop.loopback import wire_name
from Interop.nuncio_server import CONFIGURATION, ZONE
from Interop.patience import ANSWER_WITHIN
from Interop.processes import LabError, Prepared, ServerProcess, free_port
from Interop.runs import Run, program, summary

# Room for the queries of seconds; the unit in Packaging/deb/examples asks for the same.
RECEIVE_BUFFER = 8 << 20
SO_RCVBUFFORCE = 33

# Gives a program the descriptors that are named in its first argument, from 3 on, and tells it so. It keeps its process's
# number, which the program compares.
HAND_OVER = """\
import fcntl, os, sys
given = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 100) for number in sys.argv[1].split(",")]
for place, descriptor in enumerate(given):
    os.dup2(descriptor, 3 + place)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(given)), LISTEN_FDNAMES=":".join(["dns", "dns", "api"]))
os.execv(sys.argv[2], sys.argv[2:])
"""


class Holder:
    """The sockets of a server, which stay while servers come and go."""

    def __init__(self, dns_port: int, http_port: int) -> None:
        self.datagrams = socket.socket(type=socket.SOCK_DGRAM)
        try:
            self.datagrams.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
        except PermissionError:
            self.datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self.datagrams.bind(("127.0.0.1", dns_port))
        self.streams = socket.create_server(("127.0.0.1", dns_port), backlog=1024)
        self.requests = socket.create_server(("127.0.0.1", http_port), backlog=1024)

    @property
    def descriptors(self) -> list[int]:
        return [held.fileno() for held in (self.datagrams, self.streams, self.requests)]

    def command(self, nuncio: str) -> list[str]:
        return [sys.executable, "-c", HAND_OVER, ",".join(map(str, self.descriptors)), nuncio]


@dataclass
class Tally:
    """What was asked, and what came back. Times are in seconds."""

    sent: dict[int, float] = field(default_factory=dict)
    longest: float = 0
    answered: int = 0


class Queries(threading.Thread):
    """Sends queries at a rate over UDP, and takes the responses."""

    def __init__(self, port: int, rate: int) -> None:
        super().__init__(daemon=True)
        self.tally = Tally()
        self.lost = 0
        self._rate = rate
        self._over = threading.Event()
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self._socket.connect(("127.0.0.1", port))
        self._socket.setblocking(False)
        self._question = wire_name(ZONE) + b"\0" + struct.pack("!HH", 6, 1)

    def run(self) -> None:
        began = time.monotonic()
        number = 0
        deadline = None
        while True:
            now = time.monotonic()
            if self._over.is_set():
                deadline = deadline or now + ANSWER_WITHIN
                if not self.tally.sent or now > deadline:
                    break
            else:
                while number < (now - began) * self._rate:
                    number += 1
                    self._send(number % 65_536)
            if select.select([self._socket], [], [], 0.001)[0]:
                self._receive()
        self.lost += len(self.tally.sent)

    def _send(self, identifier: int) -> None:
        if identifier in self.tally.sent:
            self.lost += 1
        try:
            self._socket.send(struct.pack("!HHHHHH", identifier, 0, 1, 0, 0, 0) + self._question)
        except ConnectionRefusedError:
            # The error belongs to an earlier query: no socket was there. This one was not sent.
            self._send(identifier)
            return
        self.tally.sent[identifier] = time.monotonic()

    def _receive(self) -> None:
        while True:
            try:
                response = self._socket.recv(4096)
            except ConnectionRefusedError:
                continue
            except BlockingIOError:
                return
            sent = self.tally.sent.pop(struct.unpack("!H", response[:2])[0], None)
            if sent is not None:
                self.tally.answered += 1
                self.tally.longest = max(self.tally.longest, time.monotonic() - sent)

    def end(self) -> None:
        self._over.set()
        self.join()


class Requests(threading.Thread):
    """Sends requests one after the other, each over a connection of its own."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.answered = self.lost = 0
        self.longest = 0.0
        self._port = port
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_WITHIN)
            try:
                connection.request("GET", "/health", headers={"Connection": "close"})
                connection.getresponse().read()
                self.answered += 1
                self.longest = max(self.longest, time.monotonic() - began)
            except (OSError, http.client.HTTPException):
                self.lost += 1
            finally:
                connection.close()
            self._over.wait(0.02)

    def end(self) -> None:
        self._over.set()
        self.join()


class Restarts:
    def __init__(self, run: Run, nuncio: Path, *, is_given: bool) -> None:
        self.dns_port, self.http_port = free_port(), free_port()
        self._run = run
        self._nuncio = str(nuncio)
        self._number = 0
        self._holder = Holder(self.dns_port, self.http_port) if is_given else None
        (run.folder / "nuncio.yaml").write_text(
            CONFIGURATION.format(zone=ZONE, dns_port=self.dns_port, http_port=self.http_port)
        )

    def start(self) -> ServerProcess:
        self._number += 1
        name = f"nuncio-{self._number}-{secrets.token_hex(2)}"
        serve = ["serve", "--config", "nuncio.yaml"]

        def prepare() -> Prepared:
            command = self._holder.command(self._nuncio) if self._holder else [self._nuncio]
            return [*command, *serve], None

        return self._run.processes.start_server(
            name,
            prepare,
            lambda: self._run.processes.has_logged(name, "] ready"),
            descriptors=self._holder.descriptors if self._holder else [],
        )

    def end(self, server: ServerProcess) -> None:
        for complaint in self._run.processes.end(server):
            raise LabError(complaint)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m Interop.restart", description=summary(__doc__))
    parser.add_argument("--nuncio", type=program, required=True, metavar="PATH", help="the program to test")
    parser.add_argument("--rate", type=int, default=1000, help="the number of queries a second")
    parser.add_argument("--restarts", type=int, default=3, help="the number of restarts")
    parser.add_argument("--without", action="store_true", help="let the servers bind the sockets themselves")
    arguments = parser.parse_args()

    with Run("restart") as run:
        restarts = Restarts(run, arguments.nuncio, is_given=not arguments.without)
        server = restarts.start()
        queries, requests = Queries(restarts.dns_port, arguments.rate), Requests(restarts.http_port)
        queries.start()
        requests.start()
        away = 0.0
        for _ in range(arguments.restarts):
            enough = queries.tally.answered + arguments.rate // 2
            while queries.tally.answered < enough and queries.is_alive():
                time.sleep(0.01)
            began = time.monotonic()
            restarts.end(server)
            server = restarts.start()
            away = max(away, time.monotonic() - began)
        queries.end()
        requests.end()
        print(f"{arguments.restarts} restarts, the longest {away:.2f} s from SIGTERM to “ready”")
        print(
            f"DNS: {queries.tally.answered} queries at {arguments.rate} a second were answered, the last after "
            f"{queries.tally.longest:.2f} s at most; {queries.lost} were lost"
        )
        print(
            f"API: {requests.answered} requests were answered, in {requests.longest:.2f} s at most; {requests.lost} were lost"
        )
        if queries.lost or requests.lost:
            run.fail("queries or requests were lost")
        else:
            run.passed += 1
    return run.conclude()


if __name__ == "__main__":
    sys.exit(main())
