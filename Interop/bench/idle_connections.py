"""Many connections to the API that stay open and ask nothing more."""

import resource
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum

from Interop.bench.contenders import Contender

NETWORKS = 100  # of loopback, from which the connections come: one network may have only some of all
REQUEST = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
SPARE_DESCRIPTORS = 200
SECONDS = 10


class Kind(Enum):
    """What the client has sent on its connection."""

    USED = "a whole request, and read its response"
    NOTHING = "nothing"
    PART = "the half of its first message"
    GARBAGE = "octets that are no message"


def trusting() -> ssl.SSLContext:
    """The certificate is not looked at: its key is what costs, and the bench has made it itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def connected(server: Contender, address: str = "127.0.0.1") -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", server.http_port), SECONDS, (address, 0))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return plain


def secured(server: Contender, plain: socket.socket, context: ssl.SSLContext) -> socket.socket:
    return context.wrap_socket(plain) if server.scheme == "https" else plain


@contextmanager
def open_connections(server: Contender, kind: Kind, count: int) -> Iterator[None]:
    """Opens them one after the other, and closes them at the end."""
    context = trusting()
    with ExitStack() as stack, descriptors(count + SPARE_DESCRIPTORS):
        for index in range(count):
            connection = connected(server, f"127.0.{index % NETWORKS + 1}.1")
            if kind is Kind.USED:
                connection = secured(server, connection, context)
                connection.sendall(REQUEST)
                connection.recv(4096)
            else:
                connection.sendall(first_octets(server, kind, context))
            stack.enter_context(connection)
        yield


def first_octets(server: Contender, kind: Kind, context: ssl.SSLContext) -> bytes:
    if kind is Kind.NOTHING:
        return b""
    if kind is Kind.GARBAGE:
        return bytes(range(128, 256))
    whole = client_hello(context) if server.scheme == "https" else REQUEST
    return whole[: len(whole) // 2]


def client_hello(context: ssl.SSLContext) -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(incoming, outgoing).do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise AssertionError("a handshake cannot end without a server")


@contextmanager
def descriptors(count: int) -> Iterator[None]:
    """Lets this process have as many open files meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
