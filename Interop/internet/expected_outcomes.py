"""The content of a server's zones, and so the right outcome of a question (RFC 1034 section 4.3.2, RFC 4592).

It is read from zone files by code that is not the server's: judges compare with it.
"""

from dataclasses import dataclass

import dns.name
import dns.rdata
import dns.rdataset
import dns.rdatatype
import dns.rdtypes.ANY.CNAME
import dns.rdtypes.ANY.SOA
from dns.rdatatype import ANY, CDNSKEY, CDS, CNAME, DNSKEY, DS, NS, NSEC, RRSIG, SOA, TXT

NXNAME = 128  # which only a name that does not exist has (RFC 9824 section 3.4)
WILDCARD = dns.name.from_text("*", None)


@dataclass(frozen=True)
class Records:
    """For ANY, each of these sets will do (RFC 8482 section 4.1); `None` stands for one that the server makes."""

    sets: tuple[dns.rdataset.Rdataset | None, ...]


@dataclass(frozen=True)
class Alias:
    target: dns.name.Name
    rdataset: dns.rdataset.Rdataset


@dataclass(frozen=True)
class Denial:
    """`types` are the types that the proof has to list."""

    types: frozenset[int]


@dataclass(frozen=True)
class Referral:
    owner: dns.name.Name
    nameservers: dns.rdataset.Rdataset
    signers: dns.rdataset.Rdataset | None


class Elsewhere:
    """The name is in none of the zones."""


Outcome = Records | Alias | Denial | Referral | Elsewhere


class Zone:
    """`lines` are whole records, one a line.

    `delegates` are names that may get a value at any moment: each proof except one that denies TXT lists TXT.
    """

    def __init__(self, lines: list[str], apex: dns.name.Name, delegates: frozenset[dns.name.Name] = frozenset()) -> None:
        self.apex = apex
        self.delegates = delegates
        self.nodes: dict[dns.name.Name, dict[int, dns.rdataset.Rdataset | None]] = {apex: dict.fromkeys((DNSKEY, CDS, CDNSKEY))}
        for line in lines:
            self._add(line)
        self._add_empty_non_terminals()
        self.soa = self._known(apex, SOA)
        self.negative_ttl = min(self.soa.ttl, soa_minimum(self.soa))  # RFC 9077

    def _add(self, line: str) -> None:
        # Not with `dns.zone`, which fails at names in data in the form of RFC 3597.
        owner, ttl, of_class, record_type, data = line.split(maxsplit=4)
        one = dns.rdata.from_text(of_class, record_type, data)
        node = self.nodes.setdefault(dns.name.from_text(owner), {})
        known = node.get(one.rdtype) or dns.rdataset.Rdataset(one.rdclass, one.rdtype, ttl=int(ttl))
        known.add(one)
        node[one.rdtype] = known

    def _known(self, name: dns.name.Name, record_type: int) -> dns.rdataset.Rdataset:
        """A set that is in the zone's lines."""
        known = self.nodes[name][record_type]
        if known is None:
            raise KeyError(f"{name} {record_type}: the server makes it")
        return known

    def _add_empty_non_terminals(self) -> None:
        for name in list(self.nodes):
            above = name
            while above != self.apex:
                above = above.parent()
                self.nodes.setdefault(above, {})

    def find(self, name: dns.name.Name, record_type: int) -> Outcome:
        encloser = self.apex
        for depth in range(len(self.apex) + 1, len(name) + 1):
            ancestor = name.split(depth)[1]
            if ancestor not in self.nodes:
                wildcard = WILDCARD + encloser
                if encloser in self.delegates or wildcard not in self.nodes:
                    return Denial(frozenset({RRSIG, NSEC, NXNAME}))
                return self._at(wildcard, record_type)
            node = self.nodes[ancestor]
            if NS in node and not (ancestor == name and record_type == DS):
                return Referral(ancestor, self._known(ancestor, NS), node.get(DS))
            encloser = ancestor
        return self._at(encloser, record_type)

    def _at(self, name: dns.name.Name, record_type: int) -> Outcome:
        """The outcome at a node, which is the name's own or a wildcard."""
        node = self.nodes[name]
        if record_type == ANY and node:
            return Records(tuple(node.values()))
        if record_type in node:
            return Records((node[record_type],))
        if CNAME in node and record_type not in (NSEC, RRSIG):  # each name has these (RFC 4035 section 2.5)
            alias = self._known(name, CNAME)
            return Alias(target_of(alias), alias)
        return Denial(self.types_at(name, denied=record_type))

    def types_at(self, name: dns.name.Name, denied: int) -> frozenset[int]:
        types = set(self.nodes[name])
        if NS in types and name != self.apex:
            types &= {NS, DS}  # the rest is not this zone's (RFC 4035 section 2.3)
        if name in self.delegates and denied != TXT:
            types.add(TXT)
        return frozenset(types | {RRSIG, NSEC})


def soa_minimum(soa: dns.rdataset.Rdataset) -> int:
    data = soa[0]
    if not isinstance(data, dns.rdtypes.ANY.SOA.SOA):
        raise TypeError(f"{data} is no SOA record")
    return data.minimum


def target_of(alias: dns.rdataset.Rdataset) -> dns.name.Name:
    data = alias[0]
    if not isinstance(data, dns.rdtypes.ANY.CNAME.CNAME):
        raise TypeError(f"{data} is no CNAME record")
    return data.target


class Contents:
    """All zones of one server. A zone inside another has its NS and DS records in the outer one."""

    def __init__(self, zones: list[Zone]) -> None:
        self.zones = {zone.apex: zone for zone in zones}

    def zone_with(self, name: dns.name.Name, record_type: int = ANY) -> Zone:
        """The zone that answers. The name must be in one."""
        zone = self.zone_of(name, record_type)
        if zone is None:
            raise KeyError(f"{name} is in none of the zones")
        return zone

    def zone_of(self, name: dns.name.Name, record_type: int = ANY) -> Zone | None:
        """The zone that answers, or `None`: for DS at an apex, the parent if it is here (RFC 4035 section 3.1.4.1)."""
        around = sorted((zone for zone in self.zones.values() if name.is_subdomain(zone.apex)), key=lambda zone: len(zone.apex))
        if record_type == DS and len(around) > 1 and around[-1].apex == name:
            around.pop()
        return around[-1] if around else None

    def find(self, name: dns.name.Name, record_type: int) -> Outcome:
        zone = self.zone_of(name, record_type)
        return zone.find(name, record_type) if zone else Elsewhere()
