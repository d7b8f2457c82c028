"""Histories made by hand: right ones, and one or more that break each rule. They test the rules, not Nuncio."""

from dataclasses import replace

from Interop.cluster.events import ACKNOWLEDGED, UNCONFIRMED, UNREACHABLE, Answer, Healing, History, Update
from Interop.cluster.verdict import Retention, Rule, violations

RETENTION = Retention(sure_seconds=500)
NAME = "a.d.example.net"

FIRST = Update(NAME, "first", "ns1", sent=1.0, ended=1.5, status=ACKNOWLEDGED)
SECOND = Update(NAME, "second", "ns2", sent=2.0, ended=2.5, status=ACKNOWLEDGED)
WITHOUT_200 = Update(NAME, "perhaps", "ns3", sent=3.0, ended=15.0, status=UNCONFIRMED)


def many(count: int) -> list[Update]:
    return [Update(NAME, f"value {number}", "ns1", 10.0 + number, 10.5 + number, ACKNOWLEDGED) for number in range(count)]


def answer(sent: float, *values: str, code: str = "NOERROR", server: str = "ns1") -> Answer:
    return Answer(NAME, server, sent, sent + 0.1, code, frozenset(values))


def silence(sent: float) -> Answer:
    return Answer(NAME, "ns1", sent, None)


def final(one: Answer) -> Answer:
    return replace(one, is_final=True)


BOTH = [FIRST, SECOND]
HEALED = Healing(1.0, {"ns1": "7", "ns2": "7"})

RIGHT = {
    "both values after both updates": History(BOTH, [answer(3.0, "first", "second")]),
    "a question before the 200, answered after it": History([FIRST], [answer(1.4, code="NXDOMAIN")]),
    "a value before its 200": History([FIRST], [answer(1.2, "first")]),
    "no value yet": History([FIRST], [answer(0.5, code="NXDOMAIN"), answer(0.6)]),
    "SERVFAIL and silence say nothing": History(BOTH, [answer(3.0, code="SERVFAIL"), silence(4.0)]),
    "a value without a 200 is missing": History([FIRST, WITHOUT_200], [answer(20.0, "first")]),
    "a value without a 200 is there": History([FIRST, WITHOUT_200], [answer(20.0, "first", "perhaps")]),
    "the first of 65 values is gone": History(many(65), [answer(100.0, *(one.value for one in many(65)[1:]))]),
    "an old value is gone after two later ones": History([FIRST, *many(2)], [answer(600.0, *(one.value for one in many(2)))]),
    "everything is there at the end": History(BOTH, [final(answer(9.0, "first", "second"))], healing=HEALED),
    "updates that fail": History([replace(FIRST, status=status) for status in (UNCONFIRMED, UNREACHABLE)]),
    "validated": History([FIRST], [replace(answer(3.0, "first", server="unbound"), is_authentic=True)], validator="unbound"),
    "not ready is not bogus": History(BOTH, [replace(answer(3.0, code="SERVFAIL"), extended_errors=(14,))]),
}

WRONG = [
    (Rule.STALE, "the older value alone", History(BOTH, [answer(3.0, "first")])),
    (Rule.STALE, "the newer value alone", History(BOTH, [answer(3.0, "second")])),
    (Rule.STALE, "one of two old values", History(BOTH, [answer(9000.0, "second")])),
    (Rule.STALE, "the second of 65 values is gone", History(many(65), [answer(99.0, *(one.value for one in many(65)[2:]))])),
    (Rule.STALE, "right once, then not", History([FIRST, WITHOUT_200], [answer(4.0, "first"), answer(5.0, "perhaps")])),
    (
        Rule.STALE,
        "a question sent after the 200, whose response was late",
        History([FIRST, SECOND], [replace(answer(2.6, "first"), received=20.0)]),
    ),
    (Rule.DENIED, "NXDOMAIN", History([FIRST], [answer(2.0, code="NXDOMAIN")])),
    (Rule.DENIED, "NODATA", History([FIRST], [answer(2.0)])),
    (Rule.DENIED, "NXDOMAIN through a resolver", History([FIRST], [answer(2.0, code="NXDOMAIN", server="unbound")])),
    (Rule.MADE_UP, "a value that nobody published", History([FIRST], [answer(2.0, "first", "foreign")])),
    (Rule.MADE_UP, "a value before it was published", History([FIRST], [answer(0.2, "first")])),
    (Rule.LOST, "missing at the end", History(BOTH, [final(answer(9.0, "first"))])),
    (Rule.LOST, "SERVFAIL at the end", History(BOTH, [final(answer(9.0, code="SERVFAIL"))])),
    (Rule.LOST, "silence at the end", History(BOTH, [final(silence(9.0))])),
    (Rule.BOGUS, "“DNSSEC bogus”", History(BOTH, [replace(answer(3.0, code="SERVFAIL"), extended_errors=(6,))])),
    (Rule.BOGUS, "not validated", History([FIRST], [answer(3.0, "first", server="unbound")], validator="unbound")),
    (Rule.APART, "never healed", History(healing=Healing(None, {"ns1": "7", "ns2": "6"}))),
    (Rule.APART, "healed too late", History(healing=Healing(5.5, {"ns1": "7", "ns2": "7"}))),
    (Rule.REFUSED, "a credential that another node made is not known", History([replace(FIRST, status=401)])),
    (Rule.DIED, "a crash", History(deaths=["ns1 ended by signal 4"])),
]


def failed_histories() -> list[str]:
    """The histories that were judged in another way than they should be."""
    failed = []
    for name, history in RIGHT.items():
        found = violations(history, RETENTION)
        if found:
            failed.append(f"{name}: nothing is wrong, but “{found[0].rule.value}” was found")
    for rule, name, history in WRONG:
        if rule not in {violation.rule for violation in violations(history, RETENTION)}:
            failed.append(f"{name}: “{rule.value}” was not found")
    untried = set(Rule) - {rule for rule, _, _ in WRONG}
    return failed + [f"no history breaks “{rule.value}”" for rule in untried]
