"""Octets sent to a port of loopback, and those that come back."""

import socket
import ssl
import struct

from Interop.patience import patiently

SECONDS = patiently(5)


def ask_datagram(port: int, query: bytes, seconds: float) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(seconds)
        udp.connect(("127.0.0.1", port))
        udp.send(query)
        return udp.recv(65_535)


def ask_stream(port: int, query: bytes, seconds: float, over_tls: bool) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as tcp:
        stream: socket.socket = tcp
        if over_tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.set_alpn_protocols(["dot"])
            stream = context.wrap_socket(tcp)
        stream.sendall(struct.pack("!H", len(query)) + query)
        (length,) = struct.unpack("!H", receive(stream, 2))
        return receive(stream, length)


def is_listening(port: int) -> bool:
    with socket.socket() as tcp:
        return tcp.connect_ex(("127.0.0.1", port)) == 0


def wire_name(name: str) -> bytes:
    """A name without escapes in the form of RFC 1035 section 3.1."""
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def receive(stream: socket.socket, length: int) -> bytes:
    octets = b""
    while len(octets) < length:
        piece = stream.recv(length - len(octets))
        if not piece:
            raise EOFError
        octets += piece
    return octets
