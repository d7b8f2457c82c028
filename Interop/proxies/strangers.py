"""Strangers without a credential: they send through the proxy what could hurt others."""

import itertools
import socket
import threading

from Interop.proxies.crowd import Crowd

PLAIN = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
REQUESTS = [
    (
        "GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"
    ),
    (
        "GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ),
    "POST /update HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}",
    (
        "POST /update HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\n{}\r\n0\r\n\r\n"
    ),
    "CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n",
    "CONNECT /health HTTP/1.1\r\nHost: x\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /register HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 100000\r\n\r\n",
    "POST /update HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "BREW /health HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /health HTTP/1.1\r\nHost: a b\r\n\r\n",
    PLAIN * 30,
]
EACH_SECOND = 16


class Strangers(Crowd):
    def __init__(self, port: int) -> None:
        self._port = port
        super().__init__(threading.Thread(target=self._send, args=(index,)) for index in range(EACH_SECOND))

    def _send(self, index: int) -> None:
        """A request a second, with another after it on the same connection; the answers do not matter."""
        for request in itertools.islice(itertools.cycle(REQUESTS), index, None):
            try:
                with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
                    connection.sendall((request + PLAIN).encode())
                    while connection.recv(65536) and not self._ended.is_set():
                        pass
            except OSError:
                pass
            if self._ended.wait(1):
                return
