"""Checks, before any measurement, that all servers give the same answers, and that those that sign sign them."""

import struct
from collections import Counter

from Interop.bench.contenders import Contender
from Interop.bench.delegates_and_queries import EDNS_WITH_DO, ZONE, query
from Interop.loopback import SECONDS, ask_datagram, ask_stream
from Interop.processes import LabError

# For each kind: the type, the response code, and the number of records in the answer.
ANSWERS = {"txt": ("TXT", 0, 2), "nodata": ("A", 0, 0), "nxdomain": ("TXT", 3, 0), "caa": ("CAA", 0, 2)}
NOBODY = "00000000-0000-4000-8000-000000000000"

SOA, TXT, RRSIG, NSEC = 6, 16, 46, 47
ECDSAP256SHA256 = 13
ANSWER, AUTHORITY = 0, 1
# For each kind of signed answer: the section and its sets, each of which has one signature. For a query with DO, a name that
# does not exist has no data, which takes one NSEC record (RFC 9824).
SIGNED_ANSWERS = {"txt": (ANSWER, {TXT: 2}), "nxdomain": (AUTHORITY, {SOA: 1, NSEC: 1})}


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
                raise LabError(
                    f"{server.name} answers “{kind}” over {transport} with code {flags & 15}, {answers} records, "
                    f"flags {flags:04x}"
                )
            if kind == "txt" and not all(value.encode() in response for value in values):
                raise LabError(f"{server.name} answers with other values than it was given")
            octets[kind] = len(response)
    return octets


def verify_signed(server: Contender) -> dict[str, int]:
    """The octets of each signed answer over UDP. Signatures are counted, but not verified."""
    label = server.workshop.content(server.count).labels[0]
    octets = {}
    for kind, (section, wanted) in SIGNED_ANSWERS.items():
        asked = query(f"{NOBODY if kind == 'nxdomain' else label}.{ZONE}", "TXT", edns=EDNS_WITH_DO)
        response = response_to(server, asked, "udp")
        found = records(response)
        types = Counter(type_ for place, type_, _ in found if place == section)
        signed = sorted(struct.unpack("!HB", data[:3]) for place, type_, data in found if (place, type_) == (section, RRSIG))
        # Authoritative, not truncated, NOERROR.
        is_whole = struct.unpack("!H", response[2:4])[0] & 0x060F == 0x0400
        if (
            not is_whole
            or types != wanted | {RRSIG: len(wanted)}
            or signed != [(type_, ECDSAP256SHA256) for type_ in sorted(wanted)]
        ):
            raise LabError(f"{server.name} answers “{kind}” with DO otherwise than signed: {response.hex()}")
        octets[kind] = len(response)
    return octets


def records(response: bytes) -> list[tuple[int, int, bytes]]:
    """The section, the type and the data of each record (RFC 1035 section 4.1.3)."""
    questions, *counts = struct.unpack("!4H", response[4:12])
    place, found = 12, []
    for _ in range(questions):
        place = behind_name(response, place) + 4
    for section, count in enumerate(counts):
        for _ in range(count):
            place = behind_name(response, place)
            type_, _, _, length = struct.unpack("!HHIH", response[place : place + 10])
            found.append((section, type_, response[place + 10 : place + 10 + length]))
            place += 10 + length
    return found


def behind_name(response: bytes, place: int) -> int:
    while response[place] and response[place] < 0xC0:
        place += 1 + response[place]
    return place + (2 if response[place] else 1)


def response_to(server: Contender, asked: bytes, transport: str) -> bytes:
    try:
        if transport == "udp":
            return ask_datagram(server.port, asked, SECONDS)
        return ask_stream(server.port_of(transport), asked, SECONDS, transport == "tls")
    except (OSError, EOFError) as error:
        raise LabError(f"{server.name} does not answer over {transport}: {error!r}") from None
