"""Compact denial of existence (RFC 9824): checked by a program of one of its authors, and to the bit."""

import re
import sys
from pathlib import Path

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.rdatatype import NSEC, RRSIG, SOA, TXT

from Interop.dns_octets import octets_of
from Interop.internet.addresses import ZONE, ZONE_ADDRESSES
from Interop.internet.dns_queries import COMMON_TYPES, COMPACT_OK, exchange, new_query
from Interop.internet.expected_outcomes import NXNAME
from Interop.internet.proofs import nsec, successor, types_in
from Interop.internet.questions import mixed_case
from Interop.internet.zone_content import Delegate, new_label
from Interop.processes import LabError, Processes

INVALID_QUERY_TYPE = 30  # RFC 9824 section 3.5
NOTHING, EMPTY = frozenset({RRSIG, NSEC, NXNAME}), frozenset({RRSIG, NSEC})
SERVER = next(iter(ZONE_ADDRESSES.values()))


def names_without_anything(busy: Delegate, idle: Delegate) -> list[str]:
    return [
        f"{new_label()}.{ZONE}",
        f"_acme-challenge.{busy.name}",
        f"a.b.c.{idle.name}",
        f"below.host.ent.{ZONE}",
        f"a.{'b' * 63}.{'c' * 63}.{ZONE}",
        mixed_case(f"nobody.{ZONE}"),
        rf"\000\255.{ZONE}",
        f"*.{ZONE}",
    ]


EMPTY_NON_TERMINALS = (f"ent.{ZONE}", f"wild.{ZONE}", mixed_case(f"ent.{ZONE}"))


# MARK: compactdenial


def has_compactdenial() -> bool:
    return program().exists()


def program() -> Path:
    return Path(sys.executable).with_name("compactrcode.py")


def compactdenial(processes: Processes, busy: Delegate, idle: Delegate) -> str:
    """Checks the program's verdict on each response, and the types that it finds in the proof."""
    nobody, below = names_without_anything(busy, idle)[:2]
    empty = EMPTY_NON_TERMINALS[0]
    wanted = [
        *((name, "NXDOMAIN", NOTHING) for name in (nobody, below)),
        (empty, "NOERROR", EMPTY),
        (busy.name, "NOERROR", frozenset({TXT, dns.rdatatype.CAA, RRSIG, NSEC})),
    ]
    wrong = []
    for name, code, types in wanted:
        for flag in ((), ("--coflag",)):
            outcome = asked_by_compactdenial(processes, *flag, name, "A").strip()
            if outcome != code:
                wrong.append(f"{name} A {' '.join(flag)}: {outcome}, not {code}")
            header = f"\nrcode {code if flag else 'NOERROR'}\n"
            whole = asked_by_compactdenial(processes, *flag, "--response", name, "A")
            if header not in whole:
                wrong.append(f"{name} A {' '.join(flag)}: wanted{header}{whole}")
            proof = asked_by_compactdenial(processes, *flag, "--nsecdebug", name, "A")
            found = re.findall(r"^    RRs : \[([\d, ]*)\]$", proof, re.MULTILINE)
            if sorted(int(one) for part in found for one in part.split(",")) != sorted(types):
                wrong.append(f"{name} A {' '.join(flag)}: the proof is not one of {sorted(map(int, types))}:\n{proof}")
    if wrong:
        raise LabError("\n".join(wrong))
    return f"{len(wanted)} names, with and without CO"


def asked_by_compactdenial(processes: Processes, *arguments: str) -> str:
    """Runs the program, whose exit status is the response code."""
    return processes.run(
        ["sh", "-c", '"$@"; test $? = 0 -o $? = 3', "sh", str(program()), "--server", SERVER, *arguments]
    ).output


# MARK: To the bit


def to_the_bit(busy: Delegate, idle: Delegate) -> str:
    wrong = []
    checks = 0
    for names, types in ((names_without_anything(busy, idle), NOTHING), (EMPTY_NON_TERMINALS, EMPTY)):
        for name in names:
            checks += 1
            wrong += proof_complaints(dns.name.from_text(name), types)
    for name in (busy.name, idle.name, ZONE, f"host.ent.{ZONE}", f"alias.{ZONE}", f"some.name.wild.{ZONE}"):
        checks += 1
        wrong += contradictions(dns.name.from_text(name), frozenset({TXT} if name == idle.name else ()))
    for name in (busy.name, names_without_anything(busy, idle)[0]):
        checks += 2
        wrong += flag_complaints(name)
        wrong += invalid_type_complaints(name)
    if wrong:
        raise LabError("\n".join(wrong))
    return f"{checks} names and questions"


def proof_complaints(name: dns.name.Name, types: frozenset[int]) -> list[str]:
    """One NSEC, from the name to \\000 below it, with these types; the code depends on the query's flags."""
    does_not_exist = types == NOTHING
    wrong = []
    for flags, code in (
        (0, "NXDOMAIN"),
        (dns.flags.DO, "NOERROR"),
        (COMPACT_OK | dns.flags.DO, "NXDOMAIN"),
        (COMPACT_OK, "NXDOMAIN"),
    ):
        response = answer(name, "TXT", flags)
        wanted = code if does_not_exist else "NOERROR"
        what = f"{name} TXT, EDNS flags {flags:#06x}"
        if dns.rcode.to_text(response.rcode()) != wanted:
            wrong.append(f"{what}: {dns.rcode.to_text(response.rcode())}, not {wanted}")
        if response.answer or [one for one in response.authority if one.rdtype == SOA] != response.authority[:1]:
            wrong.append(f"{what}: something is not as in a negative answer\n{response}")
        proofs = proofs_in(response)
        if not flags & dns.flags.DO:
            wrong += [f"{what}: {proof}, and the query did not ask for it" for proof in proofs]
            continue
        following = successor(name, dns.name.from_text(ZONE))
        if (
            len(proofs) != 1
            or proofs[0].name != name
            or len(proofs[0]) != 1
            or octets_of(proofs[0][0]) != octets_of(nsec(following, types))
        ):
            wrong.append(f"{what}: wanted {name} NSEC {nsec(following, types)}, got {' '.join(map(str, proofs)) or 'none'}")
    return wrong


def contradictions(name: dns.name.Name, promised: frozenset[int]) -> list[str]:
    """A proof for one question must not deny what another question gets: resolvers use one proof for all types (RFC 8198).

    `promised` are types that may come to the name at any moment: only a query for one of them may be told that it is not there.
    """
    existing = set(promised)
    proofs: dict[dns.rdatatype.RdataType, frozenset[int]] = {}
    for record_type in map(dns.rdatatype.from_text, COMMON_TYPES):
        response = answer(name, record_type, dns.flags.DO)
        existing |= {one.rdtype for one in response.answer if one.name == name and one.rdtype not in (RRSIG, NSEC)}
        for proof in proofs_in(response):
            if proof.name == name:
                proofs[record_type] = types_in(proof[0])
    wrong = []
    for record_type, types in proofs.items():
        what = f"{name} {dns.rdatatype.to_text(record_type)}"
        if record_type in types and record_type != NSEC:
            wrong.append(f"{what} is denied with a proof that it is there")
        wrong += [
            f"{what}: its proof denies {dns.rdatatype.RdataType.to_text(denied)} as well, which is there or may come"
            for denied in existing - types - (promised & {record_type})
        ]
    return wrong


def flag_complaints(name: str) -> list[str]:
    """CO comes back only with DO (RFC 9824 section 5.1), and no other flag ever does."""
    wrong = []
    for sent, wanted in (
        (0, 0),
        (dns.flags.DO, dns.flags.DO),
        (COMPACT_OK, 0),
        (dns.flags.DO | COMPACT_OK, dns.flags.DO | COMPACT_OK),
        (0x3FFF, 0),
        (0xFFFF, dns.flags.DO | COMPACT_OK),
    ):
        got = answer(dns.name.from_text(name), "A", sent).ednsflags & 0xFFFF
        if got != wanted:
            wrong.append(f"{name} A: EDNS flags {sent:#06x} came back as {got:#06x}, not {wanted:#06x}")
    return wrong


def invalid_type_complaints(name: str) -> list[str]:
    """A query for the type that means that a name does not exist is refused."""
    wrong = []
    for flags in (0, dns.flags.DO, dns.flags.DO | COMPACT_OK):
        response = answer(dns.name.from_text(name), NXNAME, flags)
        errors = [option.code for option in response.options if option.otype == dns.edns.OptionType.EDE]
        if response.rcode() != dns.rcode.FORMERR or errors != [INVALID_QUERY_TYPE] or response.answer or response.authority:
            wrong.append(
                f"{name} TYPE{NXNAME}, EDNS flags {flags:#06x}: wanted FORMERR with EDE {INVALID_QUERY_TYPE}\n{response}"
            )
    return wrong


def answer(name: dns.name.Name, record_type: str | int, flags: int) -> dns.message.Message:
    return exchange(new_query(name, record_type, flags), SERVER)[0]


def proofs_in(response: dns.message.Message) -> list[dns.rrset.RRset]:
    return [rrset for rrset in response.answer + response.authority if rrset.rdtype == NSEC]
