"""The signals of name servers for other zones, by which a parent can believe a first CDS (RFC 9615).

deSEC's dsboot makes these records from a zone's CDS, CDNSKEY and NS records; nuncio has to have the same.
"""

import random
import sys
from pathlib import Path

import dns.flags
import dns.name
import dns.rdatatype
import dns.rrset
from dns.rdatatype import CDNSKEY, CDS, NS, RdataType

from Interop.internet.dns_queries import exchange, new_query
from Interop.internet.expected_outcomes import Contents, Zone
from Interop.internet.random_questions import RandomQuestions, Tally, check_responses
from Interop.internet.response_verification import Verification, signers_of
from Interop.internet.short_lived import Content, ShortLivedNuncio
from Interop.internet.zone_content import made_records
from Interop.processes import LabError, Processes

DELEGATES, NAMESERVERS = "delegates.example.org", "nameservers.example"  # two zones of one server
INSIDE, ELSEWHERE = f"ns1.{NAMESERVERS}", "ns.elsewhere.example"
ADDRESS = "127.0.2.1"
QUESTIONS = 200  # at random, about everything in the zones


def has_dsboot() -> bool:
    return program().exists()


def program() -> Path:
    return Path(sys.executable).with_name("dsboot_generate")


def dsboot(processes: Processes, nuncio: str, seed: int) -> str:
    content = Content([DELEGATES, NAMESERVERS], [INSIDE, ELSEWHERE], [f"{INSIDE}. 3600 IN A {ADDRESS}"])
    with ShortLivedNuncio(processes, nuncio, "bootstrapping", ADDRESS, content) as server:
        wanted = signals_by_dsboot(
            processes,
            [
                line
                for zone in (DELEGATES, NAMESERVERS)
                for record_type in (NS, CDS, CDNSKEY)
                for line in served(zone, record_type)
            ],
        )
        inside = {record for record in wanted if record.startswith(f"_dsboot.{DELEGATES}._signal.{INSIDE}. ")}
        elsewhere = {record for record in wanted if f"._signal.{ELSEWHERE}. " in record}
        if not inside or not elsewhere or inside | elsewhere != wanted:
            raise LabError("dsboot made others than were expected:\n" + "\n".join(wanted))

        # Its own zone has the signals of the zone beside it, and none of itself: a name server in a zone cannot vouch for it.
        found = {
            line
            for zone in (DELEGATES, NAMESERVERS)
            for record_type in (CDS, CDNSKEY)
            for line in served(f"_dsboot.{zone}._signal.{INSIDE}", record_type)
        }
        compare(f"below {INSIDE}", inside, found)
        printed = {canonical(line) for line in server.dnssec_ds("--signals")}
        compare(f"below {ELSEWHERE}, as nuncio prints them", elsewhere, printed)

        checked = check_signatures(server, content, inside, seed)
        return f"{len(inside)} records served and {len(elsewhere)} printed as it makes them; {checked}"


def check_signatures(server: ShortLivedNuncio, content: Content, signals: set[str], seed: int) -> Tally:
    contents = Contents(
        [
            Zone([*made_records(zone, content.nameservers), *more], dns.name.from_text(zone))
            for zone, more in ((DELEGATES, []), (NAMESERVERS, [*content.records, *signals]))
        ]
    )
    verification = Verification(contents, signers_of(server.dnssec_ds()), server.address)
    return check_responses(verification, RandomQuestions(contents, random.Random(seed)), QUESTIONS, str(seed))


def served(name: str, record_type: RdataType) -> list[str]:
    response, _ = exchange(new_query(name, record_type, dns.flags.DO), ADDRESS)
    if not response.flags & dns.flags.AA:
        raise LabError(f"{name} {dns.rdatatype.to_text(record_type)} has no authoritative answer\n{response}")
    return [
        canonical(line) for rrset in response.answer if rrset.rdtype == record_type for line in rrset.to_text().splitlines()
    ]


def signals_by_dsboot(processes: Processes, lines: list[str]) -> set[str]:
    file = processes.directory / "bootstrapping" / "dsboot-input"
    file.write_text("".join(line + "\n" for line in lines))
    printed = processes.run(["sh", "-c", '"$1" < "$2"', "sh", str(program()), str(file)]).output
    signals, origin = set(), ""
    for line in printed.splitlines():
        if line.startswith("$ORIGIN "):
            origin = line.split()[1]
        elif line.startswith("_dsboot."):
            owner, rest = line.split(" ", 1)
            signals.add(canonical(f"{owner}.{origin} {rest}"))
    return signals


def canonical(line: str) -> str:
    """The record in one form: digests and keys come in pieces, and in either case."""
    owner, ttl, of_class, record_type, data = line.split(maxsplit=4)
    read = dns.rrset.from_text(owner, int(ttl), of_class, record_type, data)
    return read.to_text()


def compare(where: str, wanted: set[str], found: set[str]) -> None:
    if wanted != found:
        raise LabError(f"{where}: dsboot makes\n" + "\n".join(sorted(wanted)) + "\nbut there is\n" + "\n".join(sorted(found)))
