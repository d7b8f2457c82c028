"""Whether tampering is detected: a proxy between the server under test and the validators changes responses.

Each validator has to detect each way of tampering. Without any, each has to be content.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset
from dns.rdatatype import NSEC, RRSIG, TXT

from Interop.internet import judges
from Interop.internet.addresses import PARENT, PROXY_ADDRESS, ZONE, ZONE_ADDRESSES, resolver_address
from Interop.internet.delv import DENIED, SECURE, Delv, verdicts
from Interop.internet.dns_queries import ask, exchange, new_query
from Interop.internet.expected_outcomes import Contents, Zone
from Interop.internet.parent_zones import ParentZones
from Interop.internet.resolvers import CONFIGURATIONS, Place, start, unbound
from Interop.internet.response_verification import Verification, signers_of
from Interop.internet.tampering_proxy import Change, Proxy
from Interop.internet.zone_content import Delegate, new_label, new_value, zone_lines
from Interop.processes import LabError, Processes, wait_until

SERVER_NAME, SERVER = next(iter(ZONE_ADDRESSES.items()))
RESOLVER = resolver_address(len(CONFIGURATIONS) + 1)  # after the last of them

BOGUS_BY_DELV = re.compile(
    r"^;; resolution failed: (RRSIG failed to verify|insecurity proof failed|broken trust chain|no valid RRSIG)$", re.MULTILINE
)

# The proxy is asked instead of the zone's servers, and nothing is cached.
UNBOUND = """\
    cache-max-ttl: 0
    cache-max-negative-ttl: 0
    val-log-level: 1
{anchors}
stub-zone:
    name: "{zone}"
    stub-addr: {proxy}
"""

SECURE_STATUS, BOGUS_STATUS = "secure", "bogus"


@dataclass(frozen=True)
class Trust:
    """The anchors for the zone: DS records, and the same as DNSKEY records."""

    ds: list[str]
    keys: list[str]


@dataclass(frozen=True)
class Attempt:
    """TXT questions, the change to their responses on the way, and the finding that all validators must have."""

    title: str
    names: list[str]
    change: Change
    trust: Trust
    wanted: str = BOGUS_STATUS


# MARK: Ways of tampering


def nothing(query: dns.message.Message, response: dns.message.Message) -> None:
    pass


def other_value(query: dns.message.Message, response: dns.message.Message) -> None:
    response.answer = [
        dns.rrset.from_text(rrset.name, rrset.ttl, "IN", "TXT", f'"{new_value()}"') if rrset.rdtype == TXT else rrset
        for rrset in response.answer
    ]


def without_proof(query: dns.message.Message, response: dns.message.Message) -> None:
    response.authority = [rrset for rrset in response.authority if NSEC not in (rrset.rdtype, rrset.covers)]


def without_signatures(query: dns.message.Message, response: dns.message.Message) -> None:
    response.answer = [rrset for rrset in response.answer if rrset.covers != TXT]


def old_signature(signature: dns.rrset.RRset) -> Change:
    def change(query: dns.message.Message, response: dns.message.Message) -> None:
        response.answer = [
            signature if rrset.rdtype == RRSIG and rrset.name == signature.name and rrset.covers == TXT else rrset
            for rrset in response.answer
        ]

    return change


def denied_by(other: dns.message.Message) -> Change:
    """Denies the name with a proof that is true of another."""

    def change(query: dns.message.Message, response: dns.message.Message) -> None:
        if any(rrset.rdtype == TXT for rrset in response.answer):
            response.answer, response.authority = [], other.authority

    return change


# MARK: The judge


class Tampering:
    """`publish` publishes a delegate's values."""

    def __init__(
        self, processes: Processes, zones: ParentZones, zone_ds: list[str], publish: Callable[[Delegate], None]
    ) -> None:
        self._processes = processes
        self._zones = zones
        self._trust = Trust(zone_ds, straight(ZONE, "DNSKEY").answer[0].to_text().splitlines())
        self._publish = publish
        self._folder = processes.directory / "tampering"
        self._folder.mkdir()

    def judge(self, busy: Delegate, idle: Delegate, changing: Delegate) -> str:
        wrong = []
        attempts = self._attempts(busy, idle, changing)
        for number, attempt in enumerate(attempts):
            with Proxy(PROXY_ADDRESS, SERVER, attempt.change):
                wrong += [
                    f"{attempt.title}: {name}: for {validator} it is {status}, not {attempt.wanted}"
                    for validator, name, status in self._statuses(attempt, f"tampering-{number}", [busy, idle, changing])
                    if status != attempt.wanted
                ]
        if wrong:
            raise LabError("\n".join(wrong))
        tampered = sum(attempt.wanted == BOGUS_STATUS for attempt in attempts)
        return f"{tampered} ways are found out by everybody, and all is well without"

    def _attempts(self, busy: Delegate, idle: Delegate, changing: Delegate) -> list[Attempt]:
        nobody = f"{new_label()}.{ZONE}"
        of_nobody = straight(nobody, "TXT")
        first, second = changing.values
        self._publish(replace(changing, values=[first]))
        before = next(rrset for rrset in straight(changing.name, "TXT").answer if rrset.covers == TXT)
        self._publish(replace(changing, values=[second]))
        return [
            Attempt("nothing is changed", [busy.name, idle.name, nobody, changing.name], nothing, self._trust, SECURE_STATUS),
            Attempt("another value", [busy.name], other_value, self._trust),
            Attempt("an old signature", [changing.name], old_signature(before), self._trust),
            Attempt("no signature", [busy.name], without_signatures, self._trust),
            Attempt("no proof", [idle.name, nobody], without_proof, self._trust),
            Attempt("another name's proof", [busy.name], denied_by(of_nobody), self._trust),
            Attempt("another key is trusted", [busy.name], nothing, self._other_trust()),
        ]

    def _other_trust(self) -> Trust:
        base = self._processes.run(["ldns-keygen", "-a", "ECDSAP256SHA256", "-k", ZONE]).output.strip()
        file = self._processes.directory / f"{base}.key"
        ds = self._processes.run(["ldns-key2ds", "-n", "-2", str(file)]).output.split("DS", 1)[1]
        return Trust([f"{ZONE}. 3600 IN DS {ds.strip()}"], [file.read_text().split(";")[0].strip()])

    # MARK: The validators

    def _statuses(self, attempt: Attempt, resolver: str, delegates: list[Delegate]) -> Iterator[tuple[str, str, str]]:
        """Each validator, with a name and its finding."""
        with self._unbound(attempt.trust, resolver):
            for name in attempt.names:
                yield "unbound", name, self._by_unbound(name, resolver)
        for name in attempt.names:
            yield "delv", name, self._by_delv(name, attempt.trust)
            yield "dnspython", name, self._by_dnspython(name, attempt.trust, delegates)
            if judges.has_dnsviz():
                yield "dnsviz", name, self._by_dnsviz(name, attempt.trust)

    @contextmanager
    def _unbound(self, trust: Trust, resolver: str) -> Iterator[None]:
        folder = self._folder / resolver
        folder.mkdir()
        anchors = "\n".join(f'    trust-anchor: "{line}"' for line in trust.ds)
        configure = unbound(UNBOUND.format(anchors=anchors, zone=ZONE, proxy=PROXY_ADDRESS))
        command = configure(Place(folder, RESOLVER, self._zones))
        server = start(self._processes, resolver, command)
        try:
            wait_until(lambda: is_answering(RESOLVER), 15, f"{resolver} answers")
            yield
        finally:
            server.kill()
            server.wait()

    def _by_unbound(self, name: str, resolver: str) -> str:
        response = ask(RESOLVER, name, "TXT", want_ad=True, seconds=15)
        is_failure = self._processes.has_logged(resolver, f"validation failure <{name}. TXT")
        if response.rcode() == dns.rcode.SERVFAIL and is_failure:
            return BOGUS_STATUS
        is_secure = response.rcode() == dns.rcode.NOERROR and response.flags & dns.flags.AD
        return SECURE_STATUS if is_secure else f"neither\n{response}"

    def _by_delv(self, name: str, trust: Trust) -> str:
        printed = Delv(self._processes, PROXY_ADDRESS, ZONE, trust.ds).printed(name, "TXT")
        found = verdicts(printed)
        if len(found) == 1 and found <= {SECURE, DENIED}:
            return SECURE_STATUS
        return BOGUS_STATUS if not found and BOGUS_BY_DELV.search(printed) else f"neither\n{printed}"

    def _by_dnspython(self, name: str, trust: Trust, delegates: list[Delegate]) -> str:
        """Judges as for the random questions."""
        apex = dns.name.from_text(ZONE)
        contents = Contents([Zone(zone_lines(delegates), apex, frozenset(dns.name.from_text(one.name) for one in delegates))])
        try:
            verification = Verification(contents, signers_of(trust.ds), PROXY_ADDRESS)
        except ValueError:  # the zone's keys are not the trusted ones
            return BOGUS_STATUS
        query = new_query(name, "TXT", dns.flags.DO)
        return BOGUS_STATUS if verification.complaints(query, *exchange(query, PROXY_ADDRESS)) else SECURE_STATUS

    def _by_dnsviz(self, name: str, trust: Trust) -> str:
        program = str(Path(sys.executable).with_name("dnsviz"))
        keys, probed = self._folder / "keys", self._folder / "dnsviz.json"
        keys.write_text("".join(line + "\n" for line in trust.keys))
        self._processes.run(
            [
                program,
                "probe",
                "-4",
                "-A",
                "-a",
                ZONE,
                "-x",
                f"{ZONE}+:{SERVER_NAME}={PROXY_ADDRESS}",
                "-R",
                "TXT",
                name,
                "-o",
                str(probed),
            ],
            seconds=30,
        )
        found = json.loads(self._processes.run([program, "grok", "-P", "-t", str(keys), "-r", str(probed)], seconds=30).output)
        statuses = set(statuses_in(found))
        complaints = list(judges.dnsviz_complaints(found))
        if "BOGUS" in statuses and complaints:
            return BOGUS_STATUS
        is_secure = "SECURE" in statuses and statuses <= {"NOERROR", "VALID", "SECURE"} and not complaints
        return SECURE_STATUS if is_secure else f"neither\n{statuses} {complaints}"


def straight(name: str, record_type: str) -> dns.message.Message:
    """The server's own response."""
    return exchange(new_query(name, record_type, dns.flags.DO), SERVER)[0]


def is_answering(address: str) -> bool:
    try:
        ask(address, PARENT, "SOA", seconds=1)
    except Exception:
        return False  # it is just starting
    return True


def statuses_in(found: Any) -> Iterator[str]:
    if isinstance(found, list):
        for part in found:
            yield from statuses_in(part)
    elif isinstance(found, dict):
        for key, part in found.items():
            if key == "status":
                yield part
            else:
                yield from statuses_in(part)
