"""Whether a response from a signed zone is complete: every signature holds, and what is not there is proved not to be.

dnspython verifies the signatures. The zones' contents say what the response has to have.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataset
import dns.rdatatype
import dns.rdtypes.ANY.RRSIG
import dns.rrset
from dns.rdatatype import CDNSKEY, CDS, DNSKEY, DS, NSEC, RRSIG, SOA

from Interop.dns_octets import octets_of
from Interop.internet.dns_queries import COMPACT_OK, exchange, new_query
from Interop.internet.expected_outcomes import NXNAME, Alias, Contents, Denial, Elsewhere, Outcome, Records, Referral, Zone
from Interop.internet.proofs import nsec, successor, wire_length

MAXIMUM_ALIASES = 8  # followed in one response, as configuration.md says
MAXIMUM_UDP_LENGTH, MAXIMUM_AMPLIFICATION = 1232, 12  # as dnssec.md says
SIGNED_BY_ENTRY_KEYS = (DNSKEY, CDS, CDNSKEY)  # RFC 7344 section 4.1
SIGNATURE_LENGTH = 2 + 10 + 18 + 64  # of an RRSIG record without its signer: owner as a pointer, and the fixed parts
ECHOED_FLAGS = dns.flags.DO | COMPACT_OK


@dataclass
class Chain:
    """The aliases at the beginning of an answer, the name that they lead to, and the outcome there."""

    aliases: int
    name: dns.name.Name
    found: Outcome
    complaints: list[str]


class Verification:
    """`signers` are the DS records of each zone, as the server prints them for the parents.

    Raises `ValueError` if a zone's keys do not fit.
    """

    def __init__(self, contents: Contents, signers: dict[dns.name.Name, dns.rdataset.Rdataset], address: str) -> None:
        self.contents = contents
        self.address = address
        self.signatures = 0
        self.denials = 0
        self._verified: dict[tuple[dns.name.Name, dns.rdata.Rdata], dns.rrset.RRset] = {}
        self._signers = signers
        self._keys = {apex: self._trusted_keys(apex) for apex in contents.zones}

    def _trusted_keys(self, apex: dns.name.Name) -> dns.rrset.RRset:
        """The zone's keys, signed by each key that a DS record names."""
        response, _ = exchange(new_query(apex, DNSKEY, dns.flags.DO), self.address)
        keys = response.get_rrset(response.answer, apex, dns.rdataclass.IN, DNSKEY)
        signatures = response.get_rrset(response.answer, apex, dns.rdataclass.IN, RRSIG, DNSKEY)
        if not keys or not signatures:
            raise ValueError(f"{apex} DNSKEY is not there, or not signed")
        for signer in self._signers[apex]:
            entry = [key for key in keys if dns.dnssec.make_ds(apex, key, signer.digest_type) == signer]
            own = [one for one in signatures if one.key_tag == signer.key_tag]
            if not entry or not own:
                raise ValueError(f"{apex} DNSKEY has no key for DS {signer}, or is not signed by it")
            for signature in own:
                dns.dnssec.validate_rrsig(keys, signature, {apex: dns.rrset.from_rdata(apex, keys.ttl, *entry)})
        return keys

    def complaints(self, query: dns.message.Message, response: dns.message.Message, over_tcp: bool) -> list[str]:
        """The problems with the response, a line each; empty if there are none."""
        question = query.question[0]
        answer, authority = (
            [rrset for rrset in section if rrset.rdtype != RRSIG] for section in (response.answer, response.authority)
        )
        chain = self._chain(question.name, question.rdtype, answer)
        rest = answer[chain.aliases :]
        complaints = [*chain.complaints, *header_complaints(query, response, chain)]
        complaints += self._section_complaints(question.rdtype, chain, rest, authority)

        signed = response.answer
        if question.rdtype == RRSIG and isinstance(chain.found, Denial):  # the answer has the signatures over the proof
            signed = [self._proof(self.contents.zone_with(chain.name), chain.name, chain.found), *signed]
        for section in (signed, response.authority):
            complaints += self._signature_complaints(section)
        complaints += self._signature_complaints(
            response.additional, is_room_scarce=not over_tcp and not self._has_room_for_signatures(query, response)
        )
        return complaints

    def _section_complaints(
        self, record_type: int, chain: Chain, rest: list[dns.rrset.RRset], authority: list[dns.rrset.RRset]
    ) -> Iterator[str]:
        match chain.found:
            case Records():
                yield from records_complaints(chain.name, chain.found, rest)
                yield from differences([], authority, "in the authority section")
            case Denial() if record_type in (NSEC, RRSIG):  # the proof is the answer
                proof = self._proof(self.contents.zone_with(chain.name), chain.name, chain.found)
                yield from differences([proof] if record_type == NSEC else [], rest, "in the answer")
                yield from differences([], authority, "in the authority section")
            case Denial():
                self.denials += 1
                zone = self.contents.zone_with(chain.name, record_type)
                yield from differences([], rest, "in the answer")
                yield from differences([start(zone), self._proof(zone, chain.name, chain.found)], authority, "as proof")
            case Referral():
                yield from differences([], rest, "in the answer")
                yield from differences(self._referral(chain.found), authority, "in the referral")
            case Elsewhere():
                yield from differences([], rest, "in the answer")
                yield from differences([], authority, "in the authority section")

    def _chain(self, name: dns.name.Name, record_type: int, answer: list[dns.rrset.RRset]) -> Chain:
        """Follows the aliases in the zones, as the answer has to."""
        chain = Chain(0, name, self.contents.find(name, record_type), [])
        seen = {name}
        while isinstance(chain.found, Alias):
            alias = rrset_of(chain.name, chain.found.rdataset)
            chain.complaints += differences([alias], answer[chain.aliases : chain.aliases + 1], "as alias")
            chain.aliases += 1
            chain.name = chain.found.target
            is_end = chain.aliases == MAXIMUM_ALIASES or chain.name in seen  # from here, resolvers go on or give up
            chain.found = Elsewhere() if is_end else self.contents.find(chain.name, record_type)
            seen.add(chain.name)
        return chain

    def _referral(self, referral: Referral) -> list[dns.rrset.RRset]:
        sets = [referral.nameservers, *([referral.signers] if referral.signers else [])]
        wanted = [rrset_of(referral.owner, one) for one in sets]
        if not referral.signers:
            self.denials += 1
            zone = self.contents.zone_with(referral.owner)
            wanted.append(self._proof(zone, referral.owner, Denial(zone.types_at(referral.owner, denied=DS))))
        return wanted

    @staticmethod
    def _proof(zone: Zone, name: dns.name.Name, denial: Denial) -> dns.rrset.RRset:
        """The only NSEC record that may be there (RFC 9824 section 3)."""
        return dns.rrset.from_rdata(name, zone.negative_ttl, nsec(successor(name, zone.apex), denial.types))

    # MARK: Signatures

    def _has_room_for_signatures(self, query: dns.message.Message, response: dns.message.Message) -> bool:
        """Whether all signatures fit: in the additional section they may be left out if not (RFC 4035 section 3.1.1)."""
        length = SIGNATURE_LENGTH + max(wire_length(apex) for apex in self._keys)
        sets = sum(rrset.rdtype != RRSIG for rrset in response.additional)
        return len(response.to_wire()) + sets * length <= limit(query)

    def _signature_complaints(self, section: list[dns.rrset.RRset], is_room_scarce: bool = False) -> Iterator[str]:
        """Each set of the zone's own has right signatures, and nothing else has any."""
        signatures = {(rrset.name, rrset.covers): rrset for rrset in section if rrset.rdtype == RRSIG}
        for rrset in section:
            if rrset.rdtype == RRSIG:
                continue
            what = f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)}"
            own = signatures.pop((rrset.name, rrset.rdtype), None)
            if self._is_below_cut(rrset):
                if own:
                    yield f"{what} is signed, and it is not the zone's own"
            elif own is None:
                if not is_room_scarce:
                    yield f"{what} is not signed"
            else:
                for signature in own:
                    yield from (f"{what}: {wrong}" for wrong in self._wrong_with(rrset, signature, own.ttl))
        yield from (
            f"a signature is over {name} {dns.rdatatype.to_text(covered)}, which is not there" for name, covered in signatures
        )

    def _is_below_cut(self, rrset: dns.rrset.RRset) -> bool:
        """Whether the set is another zone's: NS of a delegation, and addresses below it (RFC 4035 section 2.2)."""
        return rrset.rdtype != NSEC and isinstance(self.contents.find(rrset.name, rrset.rdtype), Referral)

    def _wrong_with(self, rrset: dns.rrset.RRset, signature: dns.rdtypes.ANY.RRSIG.RRSIG, ttl: int) -> Iterator[str]:
        self.signatures += 1
        zone = self.contents.zone_with(rrset.name, rrset.rdtype)
        if ttl != rrset.ttl:
            yield f"its TTL is {rrset.ttl}, that of its signature {ttl}"
        if signature.original_ttl < rrset.ttl:
            yield f"its TTL is {rrset.ttl}, and at most {signature.original_ttl} by its signature"
        if signature.signer != zone.apex:
            yield f"it is signed by {signature.signer}, and it is in {zone.apex}"
            return
        labels = len(rrset.name) - 1 - rrset.name.is_wild()
        if signature.labels != labels:  # fewer would need a proof that the name itself does not exist
            yield f"its signature has {signature.labels} labels, and its name {labels}"
        entry_tags = {signer.key_tag for signer in self._signers[zone.apex]}
        if rrset.rdtype in SIGNED_BY_ENTRY_KEYS and signature.key_tag not in entry_tags:
            yield f"it is signed by {signature.key_tag}, and the parent has no DS for that key"
        # The same set comes again and again with the same signature.
        if self._verified.get((rrset.name, signature)) == rrset:
            return
        try:
            dns.dnssec.validate_rrsig(rrset, signature, {zone.apex: self._keys[zone.apex]})
        except dns.exception.DNSException as error:
            yield f"{type(error).__name__}: {error}"
        else:
            self._verified[rrset.name, signature] = rrset


# MARK: Around the sections


def header_complaints(query: dns.message.Message, response: dns.message.Message, chain: Chain) -> Iterator[str]:
    does_not_exist = isinstance(chain.found, Denial) and NXNAME in chain.found.types
    is_refused = isinstance(chain.found, Elsewhere) and not chain.aliases
    code = (
        dns.rcode.REFUSED
        if is_refused
        else dns.rcode.NXDOMAIN
        if does_not_exist and query.ednsflags & COMPACT_OK
        else dns.rcode.NOERROR
    )
    if response.rcode() != code:
        yield f"the code is {dns.rcode.to_text(response.rcode())}, not {dns.rcode.to_text(code)}"
    is_authority = not is_refused and not (isinstance(chain.found, Referral) and not chain.aliases)
    if bool(response.flags & dns.flags.AA) != is_authority:
        yield f"AA is {'not ' if is_authority else ''}set"
    if response.ednsflags & ECHOED_FLAGS != query.ednsflags & ECHOED_FLAGS:
        yield f"EDNS flags {query.ednsflags:#06x} were answered with {response.ednsflags:#06x}"


def truncation_complaints(query: dns.message.Message, whole: dns.message.Message) -> Iterator[str]:
    """Signatures beside addresses are never a reason for TC (RFC 4035 section 3.1.1).

    `whole` is the response that came over TCP.
    """
    if whole.additional:
        whole.additional = [rrset for rrset in whole.additional if rrset.rdtype != RRSIG]
        needed = len(whole.to_wire())
        if needed <= limit(query):
            yield f"it was truncated, and without the signatures beside addresses it has {needed} octets, of {limit(query)}"


def limit(query: dns.message.Message) -> int:
    """The limit on a response over UDP, to a client without a cookie."""
    return min(max(query.payload, 512), MAXIMUM_UDP_LENGTH, MAXIMUM_AMPLIFICATION * len(query.to_wire()))


def start(zone: Zone) -> dns.rrset.RRset:
    """The SOA record of a denial."""
    return dns.rrset.from_rdata(zone.apex, zone.negative_ttl, *zone.soa)


def rrset_of(name: dns.name.Name, rdataset: dns.rdataset.Rdataset) -> dns.rrset.RRset:
    return dns.rrset.from_rdata(name, rdataset.ttl, *rdataset)


# MARK: Comparing


def records_complaints(name: dns.name.Name, wanted: Records, rest: list[dns.rrset.RRset]) -> Iterator[str]:
    known = [one for one in wanted.sets if one is not None]
    if len(rest) != 1 or rest[0].name != name:
        yield f"the answer is {shown(rest)}, and one set of {name} was wanted"
    elif len(known) == len(wanted.sets) and not any(is_same(one, rest[0]) for one in known):
        yield f"the answer is {shown(rest)}, not {' or '.join(map(str, known))}"


def differences(wanted: list[dns.rrset.RRset], found: list[dns.rrset.RRset], where: str) -> list[str]:
    """The differences between two lists of sets, in any order."""
    if len(wanted) == len(found) and all(
        any(one.name == other.name and is_same(one, other) for other in found) for one in wanted
    ):
        return []
    return [f"{where} there is {shown(found)}; wanted: {shown(wanted)}"]


def is_same(one: dns.rdataset.Rdataset, other: dns.rdataset.Rdataset) -> bool:
    if one.rdtype != other.rdtype or one.ttl != other.ttl or len(one) != len(other):
        return False
    if one.rdtype == SOA:  # any serial will do
        return bool(one[0].replace(serial=0) == other[0].replace(serial=0))
    if one.rdtype == NSEC:  # to the bit, and to the case
        return octets_of(one[0]) == octets_of(other[0])
    return set(one) == set(other)


def shown(rrsets: list[dns.rrset.RRset]) -> str:
    return " | ".join(str(rrset) for rrset in rrsets) or "nothing"


# MARK: Trust


def signers_of(lines: list[str]) -> dict[dns.name.Name, dns.rdataset.Rdataset]:
    """The DS records by the name of their zone."""
    signers: dict[dns.name.Name, dns.rdataset.Rdataset] = {}
    for line in lines:
        owner, ttl, of_class, record_type, data = line.split(maxsplit=4)
        one = dns.rdata.from_text(of_class, record_type, data)
        signers.setdefault(dns.name.from_text(owner), dns.rdataset.Rdataset(one.rdclass, one.rdtype, ttl=int(ttl))).add(one)
    return signers
