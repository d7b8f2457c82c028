"""Whole zones as a server gives them, record by record, and the content for which each serial of the primary stood."""

import socket
import threading
import time
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset

from Interop.patience import patiently
from Interop.processes import LabError

ANSWER_WITHIN = patiently(2)  # seconds
# For a query that is repeated anyway.
POLL_WITHIN = 0.5
HALF = 1 << 31

# Owner, type, TTL, and the octets of the data.
Record = tuple[str, int, int, bytes]


@dataclass(frozen=True)
class Copy:
    """A zone at one moment: its serial, and its records, the SOA record among them."""

    serial: int
    records: frozenset[Record]

    def differences(self, other: "Copy") -> list[str]:
        """The differences of this copy from the other."""
        lines = [
            f"{sign} {owner} {ttl} {dns.rdatatype.RdataType.to_text(rdtype)} {data.hex()[:120]}"
            for sign, records in (("+", self.records - other.records), ("-", other.records - self.records))
            for owner, rdtype, ttl, data in sorted(records)
        ]
        return lines[:6] + ([f"… {len(lines) - 6} more"] if len(lines) > 6 else [])

    def texts(self) -> dict[str, list[str]]:
        """The TXT values of one string each, by name, sorted."""
        found: dict[str, list[str]] = {}
        for owner, rdtype, _, data in sorted(self.records):
            if rdtype == dns.rdatatype.TXT:
                found.setdefault(owner, []).append(data[1:].decode())
        return found


def transfer(port: int, zone: str) -> Copy:
    """The zone by AXFR: the SOA record first, last and nowhere else, each record once."""
    records = answers_over_tcp(port, dns.message.make_query(zone, "AXFR"))
    head, *others, last = records
    if head != last or head[1] != dns.rdatatype.SOA:
        raise LabError(f"a transfer of {zone} began with {head} and ended with {last}")
    if len(set(others)) != len(others) or head in others:
        raise LabError(f"a transfer of {zone} has a record twice")
    return Copy(serial_of(head), frozenset(records))


def changes_since(port: int, zone: str, serial: int) -> list[Record]:
    """The answer over TCP to IXFR from a serial."""
    query = dns.message.make_query(zone, "IXFR")
    query.authority.append(dns.rrset.from_text(zone, 0, "IN", "SOA", f". . {serial} 0 0 0 0"))
    return answers_over_tcp(port, query)


class LaterError(Exception):
    """The server gives out no copies now: a serial that rose is not in its storage yet."""


def answers_over_tcp(port: int, query: dns.message.Message) -> list[Record]:
    """The records of a transfer. It ends with the second SOA record, or with one that is alone in the first message.

    After SERVFAIL it is requested again, as secondaries do.
    """
    deadline = time.monotonic() + ANSWER_WITHIN
    while True:
        try:
            return _answers_over_tcp(port, query)
        except LaterError as error:
            if time.monotonic() > deadline:
                raise LabError(str(error)) from None
            time.sleep(0.05)
        except (OSError, EOFError, dns.exception.DNSException) as error:
            raise LabError(f"{query.question[0]} by TCP: {type(error).__name__} {error}") from None


def _answers_over_tcp(port: int, query: dns.message.Message) -> list[Record]:
    records: list[Record] = []
    with socket.create_connection(("127.0.0.1", port), ANSWER_WITHIN) as tcp:
        tcp.settimeout(ANSWER_WITHIN)
        dns.query.send_tcp(tcp, query)
        while True:
            response, _ = dns.query.receive_tcp(tcp, one_rr_per_rrset=True)
            if response.id == query.id and response.rcode() == dns.rcode.SERVFAIL and not records:
                raise LaterError(f"{query.question[0]} was answered with SERVFAIL")
            if response.id != query.id or response.rcode() != 0:
                raise LabError(f"{query.question[0]} was answered with {dns.rcode.to_text(response.rcode())}")
            records += [
                (rrset.name.canonicalize().to_text(), int(rrset.rdtype), rrset.ttl, data.to_digestable())
                for rrset in response.answer
                for data in rrset
            ]
            starts = sum(record[1] == dns.rdatatype.SOA for record in records)
            if starts >= 2 or (len(records) == 1 and query.question[0].rdtype == dns.rdatatype.IXFR):
                return records


def serial_at(port: int, zone: str, within: float = ANSWER_WITHIN) -> int | None:
    """The serial that a server answers over UDP; `None` if it has no such zone, or does not answer within `within` seconds."""
    query = dns.message.make_query(zone, "SOA")
    query.flags &= ~dns.flags.RD
    try:
        response = dns.query.udp(query, "127.0.0.1", within, port)
    except (OSError, dns.exception.Timeout):
        return None
    return next((data.serial for rrset in response.answer for data in rrset), None)


def serial_of(record: Record) -> int:
    return int.from_bytes(record[3][-20:-16], "big")


def is_newer(serial: int, other: int) -> bool:
    """Serial arithmetic (RFC 1982 section 3.2)."""
    return 0 < (serial - other) % (2 * HALF) < HALF


class History:
    """The content for which each serial of each zone of the primary stood. Several threads may use it."""

    def __init__(self) -> None:
        self._copies: dict[tuple[str, int], Copy] = {}
        self._latest: dict[str, int] = {}
        self._lock = threading.Lock()

    def note(self, zone: str, copy: Copy) -> list[str]:
        """Keeps a copy that the primary gave, and returns what it contradicts."""
        with self._lock:
            return [*self._note_serial(zone, copy.serial), *self._note_content(zone, copy)]

    def note_serial(self, zone: str, serial: int) -> list[str]:
        with self._lock:
            return self._note_serial(zone, serial)

    def latest(self, zone: str) -> int | None:
        """The last serial seen; `None` before the first."""
        with self._lock:
            return self._latest.get(zone)

    def _note_serial(self, zone: str, serial: int) -> list[str]:
        latest = self._latest.setdefault(zone, serial)
        if serial != latest and not is_newer(serial, latest):
            return [f"the serial of {zone} went back from {latest} to {serial}"]
        self._latest[zone] = serial
        return []

    def _note_content(self, zone: str, copy: Copy) -> list[str]:
        known = self._copies.setdefault((zone, copy.serial), copy)
        if known.records == copy.records:
            return []
        return [f"serial {copy.serial} of {zone} stands for two contents", *copy.differences(known)]
