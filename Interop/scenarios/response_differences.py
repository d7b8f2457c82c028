"""The differences between the response that a scenario wants and the one that came."""

import re
from collections.abc import Iterator

import dns.rdata
import dns.rdataclass
import dns.rdatatype

from Interop.scenarios.scenario import HEADER_BITS, Edns, Scenario
from Interop.scenarios.scenario_messages import IDENTIFIER, Response

OPCODE_AND_CODE = 0x780F
# Names in the data of these types may be compressed, and so take the case of an earlier name.
TYPES_WITH_NAMES = {"SOA", "NS", "CNAME", "MX", "PTR"}


def differences(scenario: Scenario, query: bytes, response: Response | None) -> list[str]:
    if scenario.silence or response is None:
        return [] if scenario.silence and response is None else ["a response" if scenario.silence else "silence"]
    return [
        wrong
        for check in (basics, code, header, question, sections, opt, options, tsig, length)
        for wrong in check(scenario, query, response)
    ]


def basics(scenario: Scenario, query: bytes, response: Response) -> Iterator[str]:
    if response.identifier != IDENTIFIER:
        yield "another identifier"
    if not response.flags & HEADER_BITS["qr"]:
        yield "QR is clear"
    if response.flags >> 11 & 0xF != scenario.opcode:
        yield f"opcode {response.flags >> 11 & 0xF}"


def code(scenario: Scenario, query: bytes, response: Response) -> Iterator[str]:
    if response.code not in scenario.rcodes:
        yield f"{response.code} instead of {' or '.join(scenario.rcodes)}"


def header(scenario: Scenario, query: bytes, response: Response) -> Iterator[str]:
    if not scenario.header:
        return
    must, may = scenario.header
    found = response.flags & ~OPCODE_AND_CODE
    for name, bit in HEADER_BITS.items():
        if must & bit and not found & bit:
            yield f"{name} is clear"
        if found & bit and not (must | may) & bit:
            yield f"{name} is set"


def question(scenario: Scenario, query: bytes, response: Response) -> Iterator[str]:
    """The question must be the query's, octet for octet, in its case; the query begins with it."""
    if response.questions == b"" and (scenario.question_may_be_absent or not scenario.questions):
        return
    length = len(response.questions)
    if response.questions != query[12 : 12 + length] or (length == 0 and scenario.questions):
        yield "the question is not the one that was asked"


def sections(scenario: Scenario, query: bytes, response: Response) -> Iterator[str]:
    for name, wanted in scenario.sections.items():
        left = list(response.sections[name])
        for record in wanted:
            match = next((found for found in left if is_like(record, found, name == "answer")), None)
            if match is None:
                yield f"{name} lacks {record}"
            else:
                left.remove(match)
        yield from (f"{name} has {record}" for record in left)


def is_like(wanted: str, found: str, in_case: bool) -> bool:
    """`*` is any field. Owners in the answer are compared with their case: they repeat the question."""
    wanted_fields, found_fields = canonical(wanted).split(" "), found.split(" ")
    if not in_case:
        wanted_fields[0], found_fields[0] = wanted_fields[0].lower(), found_fields[0].lower()
    if found_fields[3] in TYPES_WITH_NAMES:
        wanted_fields[4:] = [text.lower() for text in wanted_fields[4:]]
        found_fields[4:] = [text.lower() for text in found_fields[4:]]
    return len(wanted_fields) == len(found_fields) and all(
        wanted in ("*", found) for wanted, found in zip(wanted_fields, found_fields, strict=True)
    )


def canonical(record: str) -> str:
    """A record as dnspython writes it, or unchanged if a field is left open."""
    owner, ttl, of_class, of_type, data = re.split(r"\s+", record, maxsplit=4)
    if "*" not in data.split():
        data = dns.rdata.from_text(of_class, of_type, data, relativize=False).to_text()
    return " ".join([owner, ttl, of_class, dns.rdatatype.to_text(dns.rdatatype.from_text(of_type)), data])


def opt(scenario: Scenario, query: bytes, response: Response) -> Iterator[str]:
    """A query without OPT gets none; a query with OPT gets one of version 0, with the same DO and no other flag."""
    if scenario.opt == "any":
        return
    if scenario.opt == "none" or not scenario.edns:
        if response.opt:
            yield "there is an OPT record"
        return
    if not response.opt:
        yield "there is no OPT record"
        return
    wanted = scenario.opt.flags if isinstance(scenario.opt, Edns) else scenario.edns[0].flags & 0x8000
    if response.opt.version != 0:
        yield f"the OPT record has version {response.opt.version}"
    if response.opt.flags != wanted:
        yield f"EDNS flags are 0x{response.opt.flags:04x} instead of 0x{wanted:04x}"
    if isinstance(scenario.opt, Edns) and response.opt.size != scenario.opt.size:
        yield f"EDNS size is {response.opt.size} instead of {scenario.opt.size}"


def options(scenario: Scenario, query: bytes, response: Response) -> Iterator[str]:
    if scenario.gives is None:
        return
    left = list(response.options)
    for code, pattern in scenario.gives:
        match = next((option for option in left if option[0] == code and is_matched(pattern, option[1].hex())), None)
        if match is None:
            yield f"there is no option {code} {pattern}".rstrip()
        else:
            left.remove(match)
    yield from (f"there is an option {code} {data.hex()}".rstrip() for code, data in left)


def is_matched(pattern: str, octets: str) -> bool:
    """`..` is any octet, `*` any octets."""
    return re.fullmatch(pattern.replace("*", ".*"), octets) is not None


def tsig(scenario: Scenario, query: bytes, response: Response) -> Iterator[str]:
    if scenario.tsig and (response.tsig is None or response.tsig[:2] != scenario.tsig):
        yield f"TSIG is {' '.join(response.tsig[:2]) if response.tsig else 'absent'} instead of {' '.join(scenario.tsig)}"
    if scenario.tsig and response.tsig and response.tsig[2]:
        yield "TSIG has a MAC"
    if not scenario.tsig and response.tsig:
        yield "there is a TSIG record"


def length(scenario: Scenario, query: bytes, response: Response) -> Iterator[str]:
    if not scenario.length:
        return
    kind, number = scenario.length
    found = len(response.octets)
    if found > number if kind == "at most" else found % number:
        yield f"{found} octets, not {kind} {number}"
