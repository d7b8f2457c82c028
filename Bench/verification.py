"""Before anything is measured: all servers give the same answers to the same questions."""

import struct

from asking import SECONDS, ask_datagram, ask_stream
from contenders import Contender
from content import ZONE, query
from processes import LabError

# For each kind: the type, the response code, and how many records the answer has.
ANSWERS = {"txt": ("TXT", 0, 2), "nodata": ("A", 0, 0), "nxdomain": ("TXT", 3, 0), "caa": ("CAA", 0, 2)}
NOBODY = "00000000-0000-4000-8000-000000000000"


def verify(server: Contender) -> dict[str, int]:
    """The octets of each answer, which differ where a server says more than it must."""
    content = server.workshop.content(server.count)
    label, values = content.labels[0], next(content.values())
    octets = {}
    for kind, (type_, code, records) in ANSWERS.items():
        if kind not in server.kinds:
            continue
        asked = query(f"{NOBODY if kind == 'nxdomain' else label}.{ZONE}", type_)
        for transport in sorted(server.transports):
            response = response_to(server, asked, transport)
            _, flags, _, answers = struct.unpack("!4H", response[:8])
            if (flags & 15, answers) != (code, records) or not flags & 0x0400:
                raise LabError(f"{server.name} answers “{kind}” over {transport} with code {flags & 15}, {answers} records, "
                               f"flags {flags:04x}")
            if kind == "txt" and not all(value.encode() in response for value in values):
                raise LabError(f"{server.name} answers with other values than it was given")
            octets[kind] = len(response)
    return octets


def response_to(server: Contender, asked: bytes, transport: str) -> bytes:
    try:
        if transport == "udp":
            return ask_datagram(server.port, asked, SECONDS)
        return ask_stream(server.port_of(transport), asked, SECONDS, transport == "tls")
    except (OSError, EOFError) as error:
        raise LabError(f"{server.name} does not answer over {transport}: {error!r}") from None
