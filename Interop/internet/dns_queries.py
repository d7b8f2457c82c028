"""One question to one server, and the check of its answer."""

import re

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
from dns.rdatatype import RdataType

from Interop.internet.questions import Question
from Interop.patience import patiently

SECONDS = patiently(5)
LOOPBACK = "127.0.0.1"  # nuncio does not limit its responses to clients there
# Types that names may have, some that no name has, and an unknown one; without types that ask for something else.
COMMON_TYPES = (
    "A",
    "AAAA",
    "NS",
    "CNAME",
    "SOA",
    "PTR",
    "MX",
    "TXT",
    "SRV",
    "CAA",
    "DS",
    "DNSKEY",
    "CDS",
    "CDNSKEY",
    "HINFO",
    "TLSA",
    "HTTPS",
    "NSEC",
    "NSEC3PARAM",
    "TYPE65280",
)
COMPACT_OK = 0x4000  # the EDNS flag CO (RFC 9824 section 5.1), which dnspython 2.3 has no name for


def ask(
    address: str,
    name: str,
    record_type: str,
    *,
    over_tcp: bool = False,
    recursion: bool = True,
    want_ad: bool = False,
    seconds: float = SECONDS,
) -> dns.message.Message:
    query = new_query(name, record_type)
    if not recursion:
        query.flags &= ~dns.flags.RD
    if want_ad:
        query.flags |= dns.flags.AD  # RFC 6840 section 5.7
    if over_tcp:
        return dns.query.tcp(query, address, timeout=seconds)
    response, _ = dns.query.udp_with_fallback(query, address, timeout=seconds)
    return response


def new_query(
    name: str | dns.name.Name, record_type: str | int, edns_flags: int = 0, payload: int = 1232
) -> dns.message.Message:
    query = dns.message.make_query(name, RdataType.make(record_type), payload=payload)
    query.ednsflags = edns_flags  # set here: `make_query` clears DO unless it is told twice
    return query


def exchange(query: dns.message.Message, address: str, over_tcp: bool = False) -> tuple[dns.message.Message, bool]:
    """Asks an authoritative server over UDP, and over TCP after truncation; says whether the answer came over TCP."""
    query.flags &= ~dns.flags.RD
    if over_tcp:
        return dns.query.tcp(query, address, timeout=SECONDS, source=LOOPBACK), True
    return dns.query.udp_with_fallback(query, address, timeout=SECONDS, source=LOOPBACK)


def what_is_wrong(question: Question, address: str, is_signed: bool) -> str | None:
    """Asks, and returns in a line what is wrong with the answer; `None` if nothing is.

    With `is_signed`, the resolver has to say that it has validated the answer (AD), unless the question says that it cannot.
    A name that does not exist is then denied by its proof, which these resolvers take for one that the name has no such type
    (RFC 9824 section 3.1).
    """
    try:
        response = ask(address, question.name, question.record_type, over_tcp=question.how == "tcp", want_ad=True)
    except (dns.exception.DNSException, OSError) as error:
        return f"{type(error).__name__}: {error}"
    answer = question.answer.replace("NXDOMAIN", "NODATA") if is_signed else question.answer
    wanted = sorted(answer.split(", "))
    is_validated = bool(response.flags & dns.flags.AD)
    if question.how == "insecure" and is_validated:
        return f"validated (AD), and nobody has signed it: {', '.join(outcome(response))}"
    if is_signed and not is_validated and question.how != "insecure":
        return f"not validated (no AD): {', '.join(outcome(response))}"
    found = sorted(outcome(response))
    if len(found) == len(wanted) and all(map(agrees, wanted, found)):
        return None
    return f"wanted {', '.join(wanted)}; got {', '.join(found)}"


def outcome(response: dns.message.Message) -> list[str]:
    """The answer in the table's words."""
    records = [
        f"{dns.rdatatype.to_text(rrset.rdtype)} {data.to_text()}"
        for rrset in response.answer
        for data in rrset
        if rrset.rdtype != dns.rdatatype.RRSIG
    ]
    status = response.rcode()
    has_soa = any(rrset.rdtype == dns.rdatatype.SOA for rrset in response.authority)
    if status != dns.rcode.NOERROR:
        records.append(dns.rcode.to_text(status))
    elif all(record.startswith("CNAME ") for record in records):
        records.append("NODATA")
    if records[-1] in ("NODATA", "NXDOMAIN") and not has_soa:
        records[-1] += " without SOA"
    return records


def agrees(wanted: str, found: str) -> bool:
    """Compares names in records as they are: a resolver has no reason to change their case."""
    if "*" not in wanted:
        return wanted == found
    pattern = r"\S+".join(re.escape(part) for part in wanted.split("*"))
    return re.fullmatch(pattern, found) is not None
