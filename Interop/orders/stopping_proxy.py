"""A proxy between one ACME client and Pebble: it counts the answers, and holds one back after Pebble has done what was asked.

Pebble makes its URLs of the request's field Host, which the proxy leaves as it is: so all requests come this way.
"""

import http.client
import ssl
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

from Interop.patience import ANSWER_WITHIN

# The steps of an order, by the first label of Pebble's paths.
STEPS = {
    "dir": "directory",
    "nonce-plz": "nonce",
    "sign-me-up": "account",
    "order-plz": "new order",
    "my-order": "order",
    "authZ": "authorization",
    "chalZ": "challenge",
    "finalize-order": "finalization",
    "certZ": "certificate",
}

# Fields that belong to one connection. http.client has read the body of chunks as a whole.
OF_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})

# Where an answer is in an order: its step, and its number among those of this step, from 1.
Place = tuple[str, int]


def step_of(path: str) -> str:
    label = path.split("/")[1]
    return STEPS.get(label, label)


@dataclass
class Answer:
    """What Pebble has answered."""

    # From 1, of all answers, and of those of the same step.
    number: int
    turn: int
    method: str
    path: str
    status: int

    @property
    def step(self) -> str:
        return step_of(self.path)

    @property
    def place(self) -> Place:
        return self.step, self.turn

    def __str__(self) -> str:
        return f"answer {self.number}, {self.status} to {self.method} {self.path}"


class StoppingProxy:
    """`certificate` and `key` are files of the folder, for the proxy's own server.

    `authority` is Pebble's port, with the roots for its server. Without it, every answer is 502.
    """

    def __init__(self, folder: Path, certificate: str, key: str) -> None:
        self.authority: tuple[int, ssl.SSLContext] | None = None
        self.answers: list[Answer] = []
        self.held: Answer | None = None
        self._holds: Callable[[Answer], bool] = lambda answer: False
        self._let_go = threading.Event()
        self._gate = threading.Event()
        self._gate.set()
        self._lock = threading.Lock()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / certificate, folder / key)
        self._server = _Server(self)
        # The handshake is the handler's: one that hangs holds up nobody else.
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def stop(self) -> None:
        self.open_gate()
        self.let_go()
        self._server.shutdown()
        self._server.server_close()

    def begin(self, holds: Callable[[Answer], bool] = lambda answer: False) -> None:
        """Counts from 1 again. The first answer for which `holds` is true does not come."""
        with self._lock:
            self.answers, self.held, self._holds = [], None, holds
            self._let_go = threading.Event()

    def let_go(self) -> None:
        """Closes the connection whose answer was held back, and lets all others through."""
        with self._lock:
            self._holds = lambda answer: False
            self._let_go.set()

    def close_gate(self) -> None:
        """Requests wait, before Pebble gets them, until `open_gate`."""
        self._gate.clear()

    def open_gate(self) -> None:
        self._gate.set()

    # MARK: What handlers call

    def wait_at_gate(self) -> None:
        self._gate.wait()

    def may_pass(self, method: str, path: str, status: int) -> bool:
        """Counts an answer; returns whether the client gets it, after having held it back if not."""
        with self._lock:
            turn = 1 + sum(answer.step == step_of(path) for answer in self.answers)
            answer = Answer(len(self.answers) + 1, turn, method, path, status)
            self.answers.append(answer)
            if self.held or not self._holds(answer):
                return True
            self.held, let_go = answer, self._let_go
        let_go.wait()
        return False


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, proxy: StoppingProxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        # A client that was killed ends its connections in the middle.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _forward(self) -> None:
        proxy = cast("_Server", self.server).proxy
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        proxy.wait_at_gate()
        if proxy.authority is None:
            self.send_error(502)
            return
        port, context = proxy.authority
        upstream = http.client.HTTPSConnection("127.0.0.1", port, timeout=ANSWER_WITHIN, context=context)
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in OF_CONNECTION:
                    upstream.putheader(name, value)
            if body:
                upstream.putheader("Content-Length", str(len(body)))
            upstream.endheaders(body or None)
            response = upstream.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self.send_error(502)
            return
        finally:
            upstream.close()
        if not proxy.may_pass(self.command, self.path, response.status):
            self.close_connection = True
            return
        self._answer(response, content)

    def _answer(self, response: http.client.HTTPResponse, content: bytes) -> None:
        self.send_response_only(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in OF_CONNECTION:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD = do_POST = _forward

    def log_message(self, format: str, *arguments: object) -> None:
        pass
