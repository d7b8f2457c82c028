"""A proxy between a resolver and a name server that changes what passes."""

import socket
import threading
from collections.abc import Callable
from io import BufferedIOBase
from socketserver import BaseRequestHandler, StreamRequestHandler, ThreadingTCPServer, ThreadingUDPServer
from typing import Self

import dns.message

from Interop.internet.dns_queries import LOOPBACK, SECONDS

# Changes a response, the second argument, to a query.
Change = Callable[[dns.message.Message, dns.message.Message], None]


class Proxy:
    """Answers at its address with the server's response to the same question, changed by `change(query, response)`.

    Use it in a `with` statement.
    """

    def __init__(self, address: str, server: str, change: Change) -> None:
        self._server, self._change = (server, 53), change
        self._servers = [self._for_datagrams(address), self._for_streams(address)]

    def __enter__(self) -> Self:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *reason: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _for_datagrams(self, address: str) -> ThreadingUDPServer:
        proxy = self

        class Handler(BaseRequestHandler):
            def handle(self) -> None:
                query, here = self.request
                with socket.socket(type=socket.SOCK_DGRAM) as onward:
                    onward.settimeout(SECONDS)
                    onward.bind((LOOPBACK, 0))
                    onward.sendto(query, proxy._server)
                    response = onward.recv(65535)
                here.sendto(proxy._changed(query, response), self.client_address)

        class Server(ThreadingUDPServer):
            daemon_threads = True

        return Server((address, 53), Handler)

    def _for_streams(self, address: str) -> ThreadingTCPServer:
        proxy = self

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                with (
                    socket.create_connection(proxy._server, SECONDS, (LOOPBACK, 0)) as onward,
                    onward.makefile("rwb") as server,
                ):
                    while query := framed(self.rfile):
                        server.write(len(query).to_bytes(2) + query)
                        server.flush()
                        response = proxy._changed(query, framed(server))
                        self.wfile.write(len(response).to_bytes(2) + response)

        class Server(ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        return Server((address, 53), Handler)

    def _changed(self, query: bytes, response: bytes) -> bytes:
        message = dns.message.from_wire(response)
        self._change(dns.message.from_wire(query), message)
        return message.to_wire(max_size=65535)


def framed(stream: BufferedIOBase) -> bytes:
    """The next message of a TCP connection; empty at its end."""
    length = stream.read(2)
    return stream.read(int.from_bytes(length)) if len(length) == 2 else b""
