"""When a program asked which name server for what, and when the answer came, drawn as text."""

import socket
import struct
from dataclasses import dataclass

import dns.exception
import dns.message
import dns.rdatatype

_UDP, _TCP = 17, 6
_SYN = 2
WIDTH = 60  # characters for the whole time


@dataclass
class Asked:
    """A question and its answer. Over TCP it begins with the connection."""

    server: str
    question: str
    transport: str
    sent: float
    answered: float | None = None


class Waterfall:
    """All questions to port 53 in packets, in the order in which they were sent."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._open: dict[tuple[object, ...], Asked] = {}
        self._connections: dict[tuple[object, ...], float] = {}

    def packet(self, octets: bytes, is_query: bool, now: float) -> None:
        """Takes note of an IP packet."""
        protocol, source, target, rest = parts(octets)
        if protocol not in (_UDP, _TCP):
            return
        from_port, to_port = struct.unpack("!HH", rest[:4])
        if (to_port if is_query else from_port) != 53:
            return
        server, peer = (target, from_port) if is_query else (source, to_port)
        key = (protocol, server, peer)
        if protocol == _UDP:
            self._message(rest[8:], key, server, is_query, "udp", now)
            return
        if rest[13] & _SYN and is_query:
            self._connections[key] = now
        payload = rest[(rest[12] >> 4) * 4 :]
        if len(payload) > 2:
            self._message(payload[2:], key, server, is_query, "tcp", now)

    def _message(self, octets: bytes, key: tuple[object, ...], server: str, is_query: bool, transport: str, now: float) -> None:
        sent = self._connections.pop(key, now) if is_query else now
        key = (*key, octets[:2])
        if not is_query:
            if asked := self._open.pop(key, None):
                asked.answered = now
            return
        try:
            question = dns.message.from_wire(octets).question[0]
        except (dns.exception.DNSException, IndexError):
            return
        name = f"{dns.rdatatype.to_text(question.rdtype)} {question.name.to_text().lower()}"
        self._open[key] = asked = Asked(server, name, transport, sent)
        self.asked.append(asked)

    def rounds(self) -> int:
        """How many round trips there were one after the other: the most that do not overlap."""
        best = [(0.0, 0)]  # the most until an end
        for one in sorted((one for one in self.asked if one.answered), key=lambda one: one.answered or 0):
            before = max(count for end, count in best if end <= one.sent)
            # A connection has one of its own before that of the question.
            best.append((one.answered or 0, before + (2 if one.transport == "tcp" else 1)))
        return max(count for _, count in best)

    def drawing(self, began: float, ended: float) -> str:
        """A line for each question, with a bar from its query to its answer."""
        scale = WIDTH / (ended - began)
        lines = [f"{'ms':>5} {'server':23} over {'':{WIDTH}} question"]
        for one in self.asked:
            start = round((one.sent - began) * scale)
            end = round(((one.answered or ended) - began) * scale)
            bar = " " * start + "─" * max(1, end - start)
            lines.append(
                f"{(one.sent - began) * 1000:5.0f} {one.server:23} {one.transport:4} {bar:{WIDTH}.{WIDTH}} {one.question}"
            )
        lines.append(f"{(ended - began) * 1000:5.0f} the end")
        return "\n".join(lines)


def parts(octets: bytes) -> tuple[int, str, str, bytes]:
    """The protocol, both addresses and the payload of an IP packet without extension headers."""
    if octets[0] >> 4 == 4:
        source, target = (socket.inet_ntop(socket.AF_INET, octets[start : start + 4]) for start in (12, 16))
        return octets[9], source, target, octets[(octets[0] & 15) * 4 :]
    source, target = (socket.inet_ntop(socket.AF_INET6, octets[start : start + 16]) for start in (8, 24))
    return octets[6], source, target, octets[40:]
