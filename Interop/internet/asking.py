"""One question to one server, and whether the answer is right."""

import re

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from questions import Question

SECONDS = 5


def ask(address: str, name: str, record_type: str, *, over_tcp: bool = False, recursion: bool = True,
        want_ad: bool = False, seconds: float = SECONDS) -> dns.message.Message:
    query = dns.message.make_query(name, record_type, use_edns=0, payload=1232)
    if not recursion:
        query.flags &= ~dns.flags.RD
    if want_ad:
        query.flags |= dns.flags.AD  # RFC 6840 section 5.7
    if over_tcp:
        return dns.query.tcp(query, address, timeout=seconds)
    response, _ = dns.query.udp_with_fallback(query, address, timeout=seconds)
    return response


def what_is_wrong(question: Question, address: str, is_signed: bool) -> str | None:
    """Asks, and tells in a line what is wrong with the answer, or nothing.

    With `is_signed`, the resolver has to say that it has validated the answer (AD). That a name does not exist is then said by its
    proof, which these resolvers take for one that it has no such type (RFC 9824 section 3.1).
    """
    try:
        response = ask(address, question.name, question.record_type, over_tcp=question.how == "tcp", want_ad=True)
    except (dns.exception.DNSException, OSError) as error:
        return f"{type(error).__name__}: {error}"
    answer = question.answer.replace("NXDOMAIN", "NODATA") if is_signed else question.answer
    wanted = sorted(answer.split(", "))
    if is_signed and not response.flags & dns.flags.AD:
        return f"not validated (no AD): {', '.join(outcome(response))}"
    found = sorted(outcome(response))
    if len(found) == len(wanted) and all(map(agrees, wanted, found)):
        return None
    return f"wanted {', '.join(wanted)}; got {', '.join(found)}"


def outcome(response: dns.message.Message) -> list[str]:
    """The answer in the words of the table."""
    records = [f"{dns.rdatatype.to_text(rrset.rdtype)} {data.to_text()}"
               for rrset in response.answer for data in rrset if rrset.rdtype != dns.rdatatype.RRSIG]
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
    """Names in records are compared as they are: a resolver has no reason to change their case."""
    if "*" not in wanted:
        return wanted == found
    pattern = r"\S+".join(re.escape(part) for part in wanted.split("*"))
    return re.fullmatch(pattern, found) is not None
