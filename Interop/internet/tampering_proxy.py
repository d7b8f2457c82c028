"""A proxy between a resolver and a name server that changes what passes."""

import socket
import threading
from socketserver import BaseRequestHandler, ThreadingTCPServer, ThreadingUDPServer

import dns.message

from Interop.internet.dns_queries import LOOPBACK, SECONDS


class Proxy:
    """Answers at its address with the server's response to the same question, changed by `change(query, response)`.

    Use it in a `with` statement.
    """

    def __init__(self, address: str, server: str, change):
        ThreadingTCPServer.allow_reuse_address = True
        self._servers = [ThreadingUDPServer((address, 53), _Udp), ThreadingTCPServer((address, 53), _Tcp)]
        for one in self._servers:
            one.daemon_threads = True
            one.behind = (server, 53)
            one.change = change

    def __enter__(self):
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *error):
        for server in self._servers:
            server.shutdown()
            server.server_close()


def changed(query: bytes, response: bytes, change) -> bytes:
    message = dns.message.from_wire(response)
    change(dns.message.from_wire(query), message)
    return message.to_wire(max_size=65535)


class _Udp(BaseRequestHandler):
    def handle(self):
        query, here = self.request
        with socket.socket(type=socket.SOCK_DGRAM) as onward:
            onward.settimeout(SECONDS)
            onward.bind((LOOPBACK, 0))
            onward.sendto(query, self.server.behind)
            response = onward.recv(65535)
        here.sendto(changed(query, response, self.server.change), self.client_address)


class _Tcp(BaseRequestHandler):
    def handle(self):
        stream = self.request.makefile("rwb")
        with socket.create_connection(self.server.behind, SECONDS, (LOOPBACK, 0)) as onward, onward.makefile("rwb") as server:
            while query := framed(stream):
                server.write(len(query).to_bytes(2, "big") + query)
                server.flush()
                response = changed(query, framed(server), self.server.change)
                stream.write(len(response).to_bytes(2, "big") + response)
                stream.flush()


def framed(stream) -> bytes:
    """The next message of a TCP connection; empty at its end."""
    length = stream.read(2)
    return stream.read(int.from_bytes(length, "big")) if len(length) == 2 else b""
