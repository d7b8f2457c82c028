"""NSEC records as they have to be, to the bit (RFC 4034 section 4, RFC 9824)."""

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdtypes.ANY.NSEC
from dns.rdatatype import NSEC

from Interop.dns_octets import octets_of


def nsec(following: dns.name.Name, types: frozenset[int]) -> dns.rdtypes.ANY.NSEC.NSEC:
    windows: dict[int, bytearray] = {}
    for one in types:
        windows.setdefault(one >> 8, bytearray(32))[(one & 0xFF) // 8] |= 0x80 >> (one % 8)
    wire = octets_of(following)
    for window, bits in sorted(windows.items()):
        listed = bits.rstrip(b"\0")
        wire += bytes([window, len(listed)]) + listed
    made = dns.rdata.from_wire(dns.rdataclass.IN, NSEC, wire, 0, len(wire))
    if not isinstance(made, dns.rdtypes.ANY.NSEC.NSEC):
        raise TypeError(f"{made} is no NSEC record")
    return made


def types_in(proof: dns.rdtypes.ANY.NSEC.NSEC) -> frozenset[int]:
    return frozenset(
        window << 8 | place * 8 + bit
        for window, bits in proof.windows
        for place, octet in enumerate(bits)
        for bit in range(8)
        if octet & 0x80 >> bit
    )


def successor(name: dns.name.Name, apex: dns.name.Name) -> dns.name.Name:
    """The name directly after one, in canonical order and in the zone (RFC 4471 section 3.1.1)."""
    name, apex = name.canonicalize(), apex.canonicalize()
    if wire_length(name) + 2 <= 255:
        return dns.name.Name((b"\0", *name.labels))
    while name != apex:
        first, *rest = name.labels
        if len(first) < 63 and wire_length(name) < 255:
            return dns.name.Name((first + b"\0", *rest))
        first = first.rstrip(b"\xff")
        if first:
            last = first[-1] + 1
            if last == ord("A"):  # capitals are small letters in this order
                last = ord("Z") + 1
            return dns.name.Name((first[:-1] + bytes([last]), *rest))
        name = name.parent()
    return apex


def wire_length(name: dns.name.Name) -> int:
    return sum(len(label) + 1 for label in name.labels)
