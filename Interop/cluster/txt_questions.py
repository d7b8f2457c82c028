"""Questions for TXT records as octets, and what matters of the responses."""

import struct
from dataclasses import dataclass

from Interop.loopback import wire_name

TXT, OPT, IN, CHAOS = 16, 41, 1, 3
_EXTENDED_ERROR = 15  # an option of EDNS (RFC 8914)
_CODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
_DNSSEC_OK, _AUTHENTIC, _TRUNCATED = 0x8000, 0x0020, 0x0200


@dataclass(frozen=True)
class TextResponse:
    identifier: int
    code: str
    is_truncated: bool
    is_authentic: bool  # the resolver has validated it
    values: frozenset[str]
    extended_errors: tuple[int, ...]


def text_question(identifier: int, name: str, in_class: int = IN) -> bytes:
    """Wishes for recursion and for signatures: a server that has none to give ignores that."""
    header = struct.pack("!6H", identifier, 0x0120, 1, 0, 0, 1)
    options = b"\0" + struct.pack("!HHIH", OPT, 4096, _DNSSEC_OK, 0)
    return header + wire_name(name) + struct.pack("!HH", TXT, in_class) + options


def read_response(octets: bytes) -> TextResponse:
    """Raises `ValueError`, `IndexError` or `struct.error` if the octets are no response."""
    identifier, flags, questions, *counts = struct.unpack_from("!6H", octets)
    offset = 12
    for _ in range(questions):
        offset = _after_name(octets, offset) + 4
    values, errors = set(), []
    for _ in range(sum(counts)):
        offset = _after_name(octets, offset)
        kind, _, _, length = struct.unpack_from("!HHIH", octets, offset)
        data = octets[offset + 10 : offset + 10 + length]
        offset += 10 + length
        if kind == TXT:
            values.add(data[1 : 1 + data[0]].decode())
        elif kind == OPT:
            errors += _extended_errors(data)
    code = _CODES.get(flags & 15, str(flags & 15))
    return TextResponse(identifier, code, bool(flags & _TRUNCATED), bool(flags & _AUTHENTIC), frozenset(values), tuple(errors))


def _after_name(octets: bytes, offset: int) -> int:
    while length := octets[offset]:
        if length >= 0xC0:
            return offset + 2
        offset += 1 + length
    return offset + 1


def _extended_errors(options: bytes) -> list[int]:
    found, offset = [], 0
    while offset < len(options):
        code, length = struct.unpack_from("!HH", options, offset)
        if code == _EXTENDED_ERROR:
            found.append(struct.unpack_from("!H", options, offset + 4)[0])
        offset += 4 + length
    return found
