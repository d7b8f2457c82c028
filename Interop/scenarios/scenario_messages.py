"""Queries as octets, even those that no client should send, and responses as values."""

import struct
import time

import dns.name
import dns.rcode
import dns.rdata
import dns.rdtypes.ANY.TSIG
from dns.rdataclass import RdataClass
from dns.rdatatype import RdataType

from Interop.dns_octets import octets_of
from Interop.scenarios.scenario import HEADER_BITS, Edns, Scenario

IDENTIFIER = 0x4E55
OPT, TSIG = 41, 250


def query_octets(scenario: Scenario) -> bytes:
    questions = b"".join(
        octets_of(name) + struct.pack("!HH", of_type, of_class) for name, of_class, of_type in scenario.questions
    )
    options = b"".join(struct.pack("!HH", code, len(data)) + data for code, data in scenario.options)
    additional = [
        b"\0" + struct.pack("!HHBBHH", OPT, edns.size, 0, edns.version, edns.flags, len(options)) + options
        for edns in scenario.edns
    ]
    if scenario.key:
        additional.append(signature(dns.name.from_text(scenario.key)))
    flags = scenario.opcode << 11 | scenario.flags
    header = struct.pack("!6H", IDENTIFIER, flags, len(scenario.questions), 0, 0, len(additional))
    return header + questions + b"".join(additional)


def signature(key: dns.name.Name) -> bytes:
    """A TSIG record (RFC 8945 section 4.2) by an unknown key; any MAC is as good as another."""
    now = int(time.time())
    data = (
        octets_of(dns.name.from_text("hmac-sha256"))
        + struct.pack("!HIHH", now >> 32, now & 0xFFFFFFFF, 300, 32)
        + bytes(32)
        + struct.pack("!HHH", IDENTIFIER, 0, 0)
    )
    return octets_of(key) + struct.pack("!HHIH", TSIG, 255, 0, len(data)) + data


class Response:
    """A parsed response; raises for octets that are no message."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.identifier, self.flags, *counts = struct.unpack("!6H", octets[:12])
        self.opt: Edns | None = None
        self.options: list[tuple[int, bytes]] = []
        self.tsig: tuple[str, str, bytes] | None = None
        self.rcode = self.flags & 0xF
        position = 12
        for _ in range(counts[0]):
            _, used = dns.name.from_wire(octets, position)
            position += used + 4
        self.questions = octets[12:position]
        self.sections: dict[str, list[str]] = {}
        for name, count in zip(("answer", "authority", "additional"), counts[1:], strict=True):
            self.sections[name] = []
            for _ in range(count):
                position = self._read_record(name, position)
        if position != len(octets):
            raise ValueError(f"{len(octets) - position} octets after the last record")

    def _read_record(self, section: str, position: int) -> int:
        owner, used = dns.name.from_wire(self.octets, position)
        of_type, of_class, ttl, length = struct.unpack("!HHIH", self.octets[position + used : position + used + 10])
        start = position + used + 10
        if start + length > len(self.octets):
            raise ValueError("the last record is cut off")
        if of_type == OPT:
            if self.opt or section != "additional":
                raise ValueError("a second OPT record, or one outside of additional")
            self._read_opt(of_class, ttl, self.octets[start : start + length])
        else:
            record_class, record_type = RdataClass.make(of_class), RdataType.make(of_type)
            data = dns.rdata.from_wire(record_class, record_type, self.octets, start, length)
            if isinstance(data, dns.rdtypes.ANY.TSIG.TSIG):
                self.tsig = owner.to_text(), dns.rcode.to_text(data.error, True), data.mac
            else:
                self.sections[section].append(
                    " ".join(
                        [
                            owner.to_text(),
                            str(ttl),
                            RdataClass.to_text(record_class),
                            RdataType.to_text(record_type),
                            data.to_text(),
                        ]
                    )
                )
        return int(start + length)

    def _read_opt(self, size: int, ttl: int, data: bytes) -> None:
        self.opt = Edns(version=ttl >> 16 & 0xFF, size=size, flags=ttl & 0xFFFF)
        self.rcode |= ttl >> 24 << 4
        while data:
            code, length = struct.unpack("!HH", data[:4])
            if len(data) < 4 + length:
                raise ValueError("an option is cut off")
            self.options.append((code, data[4 : 4 + length]))
            data = data[4 + length :]

    @property
    def code(self) -> str:
        # 16 is BADVERS in OPT and BADSIG in TSIG.
        return dns.rcode.Rcode.to_text(self.rcode)

    def summary(self) -> str:
        bits = " ".join(name for name, bit in HEADER_BITS.items() if self.flags & bit)
        parts = [f"{self.code}, {bits}, {len(self.octets)} octets"]
        records = [f"{name}: {record}" for name, records in self.sections.items() for record in records]
        parts += [record if len(record) <= 100 else f"{record[:100]}…" for record in records[:8]]
        parts += [f"and {len(records) - 8} further records"] if len(records) > 8 else []
        if self.opt:
            parts.append(f"opt version={self.opt.version} size={self.opt.size} flags=0x{self.opt.flags:04x}")
        parts += [f"option {code} {data.hex()}" for code, data in self.options]
        if self.tsig:
            parts.append(f"tsig {self.tsig[0]} {self.tsig[1]}")
        return "\n        ".join(parts)
