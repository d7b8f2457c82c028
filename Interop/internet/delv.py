"""BIND's delv, which trusts no server: it validates each answer itself, down from a key that it is given."""

import re

from Interop.internet.addresses import CUSTOMER, INSECURE, ZONE, ZONE_ADDRESSES
from Interop.internet.parent_zones import ParentZones
from Interop.internet.resolvers import Resolver
from Interop.internet.zone_content import Delegate, new_label
from Interop.processes import LabError, Processes

SECURE, DENIED, INSECURE_ANSWER = "fully validated", "negative response, fully validated", "unsigned answer"

# Name, type, delv's verdict on each set in the answer, and the types of these sets.
Kind = tuple[str, str, str, str]


def kinds_of_answers(busy: Delegate, idle: Delegate) -> list[Kind]:
    return [
        # ANY first: a resolver adds what else it has about the name, even if it is only a second old.
        (busy.name, "ANY", SECURE, "CAA"),
        (busy.name, "TXT", SECURE, "TXT"),
        (busy.name, "CAA", SECURE, "CAA"),
        (busy.name, "A", DENIED, ""),
        (busy.name, "DS", DENIED, ""),
        (busy.name, "NSEC", SECURE, "NSEC"),
        (idle.name, "TXT", DENIED, ""),
        (idle.name, "CAA", SECURE, "CAA"),
        (idle.name, "AAAA", DENIED, ""),
        (f"{new_label()}.{ZONE}", "TXT", DENIED, ""),
        (f"_acme-challenge.{busy.name}", "TXT", DENIED, ""),
        *((ZONE, one, SECURE, one) for one in ("SOA", "NS", "DNSKEY", "CDS", "CDNSKEY", "MX", "TXT", "NSEC")),
        (ZONE, "A", DENIED, ""),
        (f"ent.{ZONE}", "A", DENIED, ""),
        (f"host.ent.{ZONE}", "A", SECURE, "A"),
        (f"host.ent.{ZONE}", "ANY", SECURE, "A"),
        (f"big.{ZONE}", "TXT", SECURE, "TXT"),
        (f"some.name.wild.{ZONE}", "TXT", SECURE, "TXT"),
        (f"other.wild.{ZONE}", "A", DENIED, ""),
        (f"*.wild.{ZONE}", "TXT", SECURE, "TXT"),
        (f"alias.{ZONE}", "A", SECURE, "CNAME A"),
        (f"alias.{ZONE}", "CNAME", SECURE, "CNAME"),
    ]


# A resolver with the alias in its cache answers with that, which delv then takes for a mistake.
WITHOUT_RESOLVER = [(f"alias.{ZONE}", "NSEC", SECURE, "NSEC")]


def with_resolver() -> list[Kind]:
    """The questions that need other servers, too."""
    customers = f"_acme-challenge.{CUSTOMER}"
    return [
        (ZONE, "DS", SECURE, "DS"),
        (customers, "TXT", SECURE, "CNAME TXT"),
        (customers, "CNAME", SECURE, "CNAME"),
        (INSECURE, "DS", DENIED, ""),
        (f"www.{INSECURE}", "A", INSECURE_ANSWER, "A"),
    ]


class Delv:
    """Asks one server, and trusts the DS records of one zone alone."""

    def __init__(self, processes: Processes, server: str, trusted: str, ds: list[str]) -> None:
        self._processes = processes
        self._server = server
        self._trusted = trusted
        anchors = []
        for line in ds:
            tag, algorithm, digest_type, digest = line.split("DS", 1)[1].split()
            anchors.append(f'"{trusted}" static-ds {tag} {algorithm} {digest_type} "{digest}";')
        self._file = processes.directory / f"delv-{server}.anchors"
        self._file.write_text(f"trust-anchors {{ {' '.join(anchors)} }};\n")

    def printed(self, name: str, record_type: str) -> str:
        finished = self._processes.run(
            ["delv", f"@{self._server}", "-a", str(self._file), f"+root={self._trusted}", "-q", name, "-t", record_type],
            seconds=15,
        )
        return finished.output + finished.errors

    def what_is_wrong(self, kind: Kind) -> str | None:
        name, record_type, verdict, types = kind
        printed = self.printed(name, record_type)
        found = verdicts(printed)
        if found == {verdict} and types_in(printed) == set(types.split()):
            return None
        return f"{name} {record_type} by {self._server}: wanted {verdict} {types}; got\n{printed}"


def verdicts(printed: str) -> set[str]:
    """delv's verdicts on the sets that follow, each in a comment line of its own."""
    return set(
        re.findall(
            r"^; ((?:negative response, )?(?:fully validated|unsigned answer|answer not validated))$", printed, re.MULTILINE
        )
    )


def types_in(printed: str) -> set[str]:
    """The types in the answer, without RRSIG, which comes with each set."""
    return set(re.findall(r"^[^;\s]\S*\s+\d+\s+IN\s+(\S+)", printed, re.MULTILINE)) - {"RRSIG"}


def delv(
    processes: Processes, zones: ParentZones, resolver: Resolver, zone_ds: list[str], busy: Delegate, idle: Delegate
) -> str:
    """Validates from the root's key through a resolver, and from the zone's own key straight at the server."""
    from_root = Delv(processes, resolver.address, ".", [zones.root.ds])
    from_zone = Delv(processes, next(iter(ZONE_ADDRESSES.values())), ZONE, zone_ds)
    kinds = kinds_of_answers(busy, idle)
    results = [from_root.what_is_wrong(kind) for kind in kinds + with_resolver()]
    results += [from_zone.what_is_wrong(kind) for kind in kinds + WITHOUT_RESOLVER]
    wrong = [one for one in results if one]
    if wrong:
        raise LabError("\n".join(wrong))
    return f"{len(results)} answers as they should be"
