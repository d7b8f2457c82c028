"""Generated zone files: nested names, wildcards, empty non-terminals, delegations, aliases, all kinds of data.

Everything in them is allowed, and much of it is odd.
"""

import random
from collections.abc import Callable

import dns.name

from Interop.dns_octets import octets_of
from Interop.internet.expected_outcomes import Contents, Zone
from Interop.internet.random_questions import RandomQuestions, Tally, check_responses, filled_up, prepended
from Interop.internet.response_verification import Verification, signers_of
from Interop.internet.short_lived import Content, ShortLivedNuncio
from Interop.processes import Processes

LABELS = (b"a", b"b", b"c", b"www", b"_tcp", b"Mixed", b"*", b"\0", b"\xff", b"a.b", b"\\", b'"', b"(;)", b"@", b"x" * 63)
ADDRESSES = ("A 192.0.2.54", "AAAA 2001:db8::54")
NAMES = 40  # with records, in one zone


# Zones of one server, each with the zones that it delegates.
APEXES = {"one.test": ["inner.one.test"], "two.test": ["deep.b.two.test"], "inner.one.test": [], "deep.b.two.test": []}
SERVERS = (("ecdsap256sha256", "csk"), ("ed25519", "ksk-zsk"), ("ecdsap256sha256", "ksk-zsk"))  # algorithm and keys
QUESTIONS = 1000  # to each server


def random_zones(processes: Processes, nuncio: str, seed: int) -> str:
    """Each server gets other zones and other questions."""
    tallies = [check_server(processes, nuncio, number, *how, f"{seed}.{number}") for number, how in enumerate(SERVERS)]
    return f"seed {seed}: {len(tallies) * len(APEXES)} zones, {sum(tallies, Tally())}"


def check_server(processes: Processes, nuncio: str, number: int, algorithm: str, keys: str, seed: str) -> Tally:
    generator = random.Random(seed)
    zones = {apex: random_zone(apex, generator, delegated) for apex, delegated in APEXES.items()}
    folder = processes.directory / f"zones-{number}"
    folder.mkdir()
    for apex, lines in zones.items():
        (folder / f"{apex}.zone").write_text("".join(line + "\n" for line in lines))
    content = Content(
        ["delegates.test"],
        ["ns.delegates.test"],
        [f"ns.delegates.test. 300 IN A 127.0.3.{number + 1}"],
        [folder],
        algorithm,
        keys,
    )
    with ShortLivedNuncio(processes, nuncio, f"random-zones-{number}", f"127.0.3.{number + 1}", content) as server:
        ds = server.dnssec_ds()
        contents = Contents(
            [Zone([*lines, *ds_in(apex, lines[0], ds)], dns.name.from_text(apex)) for apex, lines in zones.items()]
        )
        verification = Verification(contents, signers_of(ds), server.address)
        return check_responses(verification, RandomQuestions(contents, generator), QUESTIONS, seed)


def ds_in(apex: str, soa: str, ds: list[str]) -> list[str]:
    """The DS records that nuncio puts into a zone for those inside it, with the zone's negative TTL."""
    ttl = min(int(soa.split()[1]), int(soa.split()[-1]))
    delegated = [f"{name}." for name in APEXES[apex]]
    return [f"{line.split()[0]} {ttl} {line.split(maxsplit=2)[2]}" for line in ds if line.split()[0] in delegated]


def random_zone(apex: str, generator: random.Random, delegated: list[str]) -> list[str]:
    """`delegated` are zones inside this one."""
    origin = dns.name.from_text(apex)
    maker = _Maker(origin, generator)
    minimum, ttl = generator.choice((5, 60, 300)), generator.choice((5, 60, 3600))
    lines = [
        f"{origin} {ttl} IN SOA ns.{origin} hostmaster.{origin} 7 3600 600 604800 {minimum}",
        *(f"{origin} 3600 IN NS {server}" for server in maker.servers),
        *(f"{server} 3600 IN {address}" for server in maker.servers[:-1] for address in ADDRESSES),
        *(f"{child}. 300 IN NS ns.{child}." for child in delegated),
    ]
    taken = {*maker.servers, *(dns.name.from_text(child) for child in delegated)}
    while len(taken) < NAMES:
        name = maker.name()
        if name == origin or name in taken or any(name.is_subdomain(dns.name.from_text(child)) for child in delegated):
            continue
        taken.add(name)
        lines += maker.records(name)
    return lines


class _Maker:
    def __init__(self, origin: dns.name.Name, generator: random.Random) -> None:
        self._origin = origin
        self._generator = generator
        self._names = [origin]
        self.servers = [
            *(dns.name.from_text(label, origin) for label in ("ns", "ns2", "ns3")),
            dns.name.from_text("ns.elsewhere.example."),
        ]

    def name(self) -> dns.name.Name:
        """A name below the apex, or below an earlier name, so that some are nested."""
        generator = self._generator
        above = generator.choice(self._names) if generator.random() < 0.6 else self._origin
        if generator.random() < 0.05:
            made = filled_up(above, generator)
        else:
            made = prepended(above, [generator.choice(LABELS) for _ in range(generator.choice((1, 1, 1, 2, 3)))])
        self._names.append(made)
        return made

    def records(self, name: dns.name.Name) -> list[str]:
        generator = self._generator
        kind = generator.random()
        if kind < 0.12 and not name.is_wild():
            return self._delegation(name)
        if kind < 0.30:
            return [f"{name} {self._ttl()} IN CNAME {self._target()}"]
        types = generator.sample(sorted(DATA), generator.randrange(1, 4))
        return [line for one in types for line in self._set(name, one)]

    def _set(self, name: dns.name.Name, record_type: str) -> list[str]:
        ttl = self._ttl()  # one for all of a set (RFC 2181 section 5.2)
        return [f"{name} {ttl} IN {record_type} {DATA[record_type](self)}" for _ in range(self._generator.choice((1, 1, 2, 5)))]

    def _delegation(self, name: dns.name.Name) -> list[str]:
        """A delegation: some are signed, and some have names below them that are in the zone file but no longer this zone's."""
        generator = self._generator
        inside = prepended(name, [b"ns"])
        servers = [inside, *generator.sample(self.servers, generator.randrange(len(self.servers)))]
        lines = [
            *(f"{name} 300 IN NS {server}" for server in servers),
            *(f"{inside} 300 IN {address}" for address in ADDRESSES),
        ]
        if generator.random() < 0.5:
            lines += [f"{name} 300 IN DS {generator.randrange(1 << 16)} 13 2 {generator.randbytes(32).hex()}"]
        if generator.random() < 0.5:
            lines += [f'{prepended(name, [b"hidden"])} 300 IN TXT "not this zone\'s"']
        return lines if inside != name else []

    def _ttl(self) -> int:
        return self._generator.choice((0, 1, 60, 300, 86400))

    def _target(self) -> dns.name.Name:
        """Mostly in the zone; its capitals matter, because they are lowered before signing (RFC 4034 section 6.2)."""
        generator = self._generator
        if generator.random() < 0.2:
            return dns.name.from_text("Www.Elsewhere.Example.")
        target = generator.choice(self._names)
        return prepended(target, [generator.choice(LABELS)]) if generator.random() < 0.3 else target

    def _strings(self) -> str:
        generator = self._generator
        return " ".join(
            f'"{escaped(generator.randbytes(generator.choice((0, 1, 9, 255))))}"' for _ in range(generator.randrange(1, 4))
        )

    def _number(self) -> int:
        return self._generator.randrange(1 << 16)

    def _octets(self, below: int = 256) -> bytes:
        """dnspython takes octets of 128 and more for characters, except in TXT and in the form for unknown types."""
        return bytes(self._generator.randrange(below) for _ in range(self._generator.choice((1, 4, 40))))


def escaped(octets: bytes) -> str:
    return "".join(f"\\{octet:03d}" for octet in octets)


def unknown(octets: bytes) -> str:
    """Data in the form of RFC 3597 section 5."""
    return f"\\# {len(octets)} {octets.hex()}".rstrip()


# The data of a record of each type. Types without a form in nuncio's zone files are written as unknown ones: RP, AFSDB,
# NAPTR, whose names are lowered before signing all the same, and TLSA.
DATA: dict[str, Callable[[_Maker], str]] = {
    "A": lambda maker: f"192.0.2.{maker._generator.randrange(256)}",
    "AAAA": lambda maker: f"2001:db8::{maker._number():x}",
    "PTR": lambda maker: str(maker._target()),
    "MX": lambda maker: f"{maker._number()} {maker._target()}",
    "SRV": lambda maker: f"{maker._number()} {maker._number()} {maker._number()} {maker._target()}",
    "TXT": _Maker._strings,
    "HINFO": lambda maker: f'"{escaped(maker._octets(128))}" "Unix"',
    "CAA": lambda maker: f'{maker._generator.choice((0, 128))} Issue "{escaped(maker._octets(128))}"',
    "TYPE17": lambda maker: unknown(octets_of(maker._target()) + octets_of(maker._target())),
    "TYPE18": lambda maker: unknown(b"\0\1" + octets_of(maker._target())),
    "TYPE35": lambda maker: unknown(b"\0\1\0\2\1U\7E2U+sip\0" + octets_of(maker._target())),
    "TYPE52": lambda maker: unknown(b"\3\1\1" + maker._octets()),
    "TYPE1000": lambda maker: unknown(maker._octets()),
    "TYPE65280": lambda maker: unknown(maker._octets()),
}
