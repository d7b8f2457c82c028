"""Every question through every resolver, and challenge values that are seconds old."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import dns.exception
import dns.flags

from Interop.internet.addresses import PARENT, ZONE, ZONE_ADDRESSES
from Interop.internet.dns_queries import ask, outcome, what_is_wrong
from Interop.internet.questions import Question
from Interop.internet.resolvers import Resolver
from Interop.internet.zone_content import Delegate
from Interop.processes import LabError, Processes, last_lines, wait_until

Answer = TypeVar("Answer")


@dataclass
class Score:
    right: int
    of: int
    wrong: list[str]

    def __str__(self) -> str:
        return f"{self.right} of {self.of}"


def wait_for_resolvers(processes: Processes, resolvers: list[Resolver], seconds: float) -> None:
    """Waits until each resolver validates the signed parent: then the root, the trust anchor and the chain are right."""
    for resolver in resolvers:
        try:
            wait_until(partial(validates, resolver), seconds, f"{resolver.name} validates {PARENT}")
        except LabError as error:
            raise LabError(f"{error}\n{last_lines(processes.log_of(resolver.name))}") from None


def validates(resolver: Resolver) -> bool:
    try:
        response = ask(resolver.address, PARENT, "SOA", want_ad=True, seconds=2)
    except Exception:
        return False  # it is just starting
    return bool(response.flags & dns.flags.AD)


class Battery:
    """`publish` publishes a delegate's values; in a signed zone, each answer has to be validated."""

    def __init__(self, resolvers: list[Resolver], publish: Callable[[Delegate], None], is_signed: bool) -> None:
        self._resolvers = resolvers
        self._publish = publish
        self._is_signed = is_signed

    def ask_all(self, questions: list[Question], names: dict[str, str], spare: list[Delegate]) -> Score:
        """Asks each resolver the questions in order; those with a fresh delegate take one of `spare`."""
        fresh = iter(spare)
        filled: dict[Resolver, list[tuple[Question, Delegate | None]]] = {resolver: [] for resolver in self._resolvers}
        for of_resolver in filled.values():
            for question in questions:
                delegate = next(fresh) if question.wants_fresh_delegate else None
                more = {"fresh": delegate.label, "value": delegate.values[0]} if delegate else {}
                of_resolver.append((question.filled(names | more), delegate))
        results = self._through_each(
            lambda resolver: [self._one(question, delegate, resolver) for question, delegate in filled[resolver]]
        )
        return score_of([result for of_one in results for result in of_one])

    def challenges(self, delegates: list[Delegate], probes: tuple[str, ...] = ()) -> Score:
        """Publishes each delegate's value, and asks every resolver for it at once.

        With `probes`, each resolver is first asked for one of these types, and remembers the answer.
        """
        results: list[str | None] = []
        for place, delegate in enumerate(delegates):
            if probes:
                probe = probes[place % len(probes)]
                self._through_each(partial(probe_for, probe, delegate.name))
            self._publish(delegate)
            question = Question("challenge value", "udp", "TXT", delegate.name, f'TXT "{delegate.values[0]}"')
            results += self._through_each(partial(self._one, question, None))
        return score_of(results)

    def _one(self, question: Question, delegate: Delegate | None, resolver: Resolver) -> str | None:
        if question.probe:
            probe_for(question.probe, question.name, resolver)
        if delegate:
            self._publish(delegate)
        wrong = what_is_wrong(question, resolver.address, self._is_signed)
        if wrong is None:
            return None
        return (
            f"{resolver.name}: {question.title}: {question.name} {question.record_type} ({question.how})\n"
            f"    {wrong}\n{straight_from_the_server(question)}"
        )

    def _through_each(self, ask_one_resolver: Callable[[Resolver], Answer]) -> list[Answer]:
        with ThreadPoolExecutor(len(self._resolvers)) as pool:
            return list(pool.map(ask_one_resolver, self._resolvers))


def probe_for(record_type: str, name: str, resolver: Resolver) -> None:
    # Whether this type is answered is tested elsewhere; only what comes after it counts here.
    with suppress(dns.exception.DNSException, OSError):
        ask(resolver.address, name, record_type)


def score_of(results: list[str | None]) -> Score:
    wrong = [result for result in results if result is not None]
    return Score(len(results) - len(wrong), len(results), wrong)


def straight_from_the_server(question: Question) -> str:
    """The answer of the server under test itself, which shows whose mistake it is."""
    if not question.name.lower().endswith(ZONE):
        return f"    {question.name} is not in {ZONE}: see what its CNAME leads to"
    address = next(iter(ZONE_ADDRESSES.values()))
    try:
        response = ask(address, question.name, question.record_type, recursion=False, seconds=2)
    except Exception as error:
        return f"    the server itself: {type(error).__name__}: {error}"
    return f"    the server itself: {', '.join(outcome(response))}"
