"""Random questions about zones, and the check that each response is signed and proved as it has to be."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, fields

import dns.flags
import dns.message
import dns.name
from dns.rdatatype import CNAME

from Interop.internet.addresses import ZONE, ZONE_ADDRESSES
from Interop.internet.dns_queries import COMMON_TYPES, COMPACT_OK, exchange, new_query
from Interop.internet.expected_outcomes import Contents, Zone
from Interop.internet.proofs import wire_length
from Interop.internet.response_verification import Verification, signers_of, truncation_complaints
from Interop.internet.zone_content import Delegate, zone_lines
from Interop.processes import LabError

TYPES = (*COMMON_TYPES, "ANY", "CSYNC", "NSEC3", "RRSIG", "SVCB", "TYPE1000", "URI")
LABELS = (b"a", b"b", b"www", b"_acme-challenge", b"*", b"\0", b"\xff", b"Z", b"@", b"[", b"a.b", b" ", b"-" * 63)
COUNT = 2000
SHOWN = 20


class RandomQuestions:
    """The same generator asks the same questions about the same zones; nuncio's delegates have other names each time."""

    def __init__(self, contents: Contents, generator: random.Random) -> None:
        self._contents = contents
        self._generator = generator
        self._zones = list(contents.zones.values())
        self._names = {
            zone.apex: [sorted(group) for group in (zone.delegates, zone.nodes.keys() - zone.delegates) if group]
            for zone in self._zones
        }

    def certain(self) -> Iterator[tuple[dns.message.Message, bool]]:
        """The questions that chance seldom asks: addresses beside NS, and the proof of a name that leads elsewhere."""
        for zone in self._zones:
            yield new_query(zone.apex, "NS", dns.flags.DO), True
            for name in self._names[zone.apex][-1]:
                if CNAME in zone.nodes[name]:
                    yield from ((new_query(name, record_type, dns.flags.DO), False) for record_type in ("NSEC", "RRSIG"))

    def next(self) -> tuple[dns.message.Message, bool]:
        """The query, and whether to ask it over TCP from the start."""
        generator = self._generator
        name = self._mixed_case(self._name())
        record_type: str | int = generator.choice(TYPES)
        zone = self._contents.zone_of(name)
        if zone and name in zone.nodes and zone.nodes[name] and generator.random() < 0.4:
            record_type = generator.choice(sorted(zone.nodes[name]))
        elif generator.random() < 0.1:
            record_type = generator.randrange(256, 1 << 16)
        flags = dns.flags.DO | (COMPACT_OK if generator.random() < 0.25 else 0)
        return new_query(name, record_type, flags, payload=generator.choice((512, 1232, 4096))), generator.random() < 0.1

    def _name(self) -> dns.name.Name:
        """A name that exists, or one made from it: below it, beside it, with a wildcard in it, or as long as a name can be."""
        generator = self._generator
        known = generator.choice(generator.choice(self._names[generator.choice(self._zones).apex]))
        kind = generator.random()
        if kind < 0.45:
            return known
        if kind < 0.55 and len(known) > 2:
            return self._below(known.parent(), 1)
        if kind < 0.60:
            return prepended(known, [b"*"])
        if kind < 0.70:
            return filled_up(known, generator)
        return self._below(known, generator.randrange(1, 4))

    def _below(self, name: dns.name.Name, depth: int) -> dns.name.Name:
        if name.labels[0] == b"*" and self._generator.random() < 0.7:
            name = name.parent()
        return prepended(name, [self._label() for _ in range(depth)])

    def _label(self) -> bytes:
        if self._generator.random() < 0.7:
            return self._generator.choice(LABELS)
        return self._generator.randbytes(self._generator.randrange(1, 12))

    def _mixed_case(self, name: dns.name.Name) -> dns.name.Name:
        if self._generator.random() < 0.6:
            return name
        return dns.name.Name(
            tuple(
                bytes(
                    octet ^ 0x20 if octet < 128 and chr(octet).isalpha() and self._generator.random() < 0.5 else octet
                    for octet in label
                )
                for label in name.labels
            )
        )


def prepended(name: dns.name.Name, labels: list[bytes]) -> dns.name.Name:
    """Prepends as many of the labels as there is room for."""
    for label in labels:
        if wire_length(name) + len(label) + 1 <= 255:
            name = dns.name.Name((label, *name.labels))
    return name


def filled_up(name: dns.name.Name, generator: random.Random) -> dns.name.Name:
    """Prepends labels until the name has 253, 254 or 255 octets."""
    end = generator.randrange(253, 256)
    octet = generator.choice((b"\xff", b"@", b"z", b"\0", b"m"))
    while end - wire_length(name) >= 2:
        length = min(63, end - wire_length(name) - 1)
        if end - wire_length(name) - length - 1 == 1:  # one octet alone is no label
            length -= 1
        name = dns.name.Name((octet * length, *name.labels))
    return name


def random_questions(zone_ds: list[str], delegates: list[Delegate], seed: int) -> str:
    """Asks about the zone under test."""
    apex = dns.name.from_text(ZONE)
    zone = Zone(zone_lines(delegates), apex, frozenset(dns.name.from_text(delegate.name) for delegate in delegates))
    contents = Contents([zone])
    verification = Verification(contents, signers_of(zone_ds), next(iter(ZONE_ADDRESSES.values())))
    return f"seed {seed}: {check_responses(verification, RandomQuestions(contents, random.Random(seed)), COUNT, str(seed))}"


@dataclass
class Tally:
    responses: int = 0
    over_tcp: int = 0
    signatures: int = 0
    proofs: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def __str__(self) -> str:
        return (
            f"{self.responses} responses, {self.over_tcp} over TCP, with {self.signatures} signatures and {self.proofs} proofs"
        )


def check_responses(verification: Verification, questions: RandomQuestions, count: int, seed: str) -> Tally:
    """Checks the certain questions, and `count` random ones."""
    wrong = []
    by_tcp = 0
    asked = [*questions.certain(), *(questions.next() for _ in range(count))]
    for number, (query, by_choice) in enumerate(asked):
        response, over_tcp = exchange(query, verification.address, by_choice)
        by_tcp += over_tcp
        complaints = verification.complaints(query, response, over_tcp)
        if over_tcp and not by_choice:
            complaints += truncation_complaints(query, response)
        if complaints:
            how = f"EDNS flags {query.ednsflags:#06x}, size {query.payload}, {'TCP' if over_tcp else 'UDP'}"
            wrong.append("\n    ".join([f"question {number} of seed {seed}: {query.question[0]}, {how}", *complaints]))
    if wrong:
        more = [f"… and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
        raise LabError("\n".join([f"{len(wrong)} of {len(asked)} responses are wrong", *wrong[:SHOWN], *more]))
    return Tally(len(asked), by_tcp, verification.signatures, verification.denials)
