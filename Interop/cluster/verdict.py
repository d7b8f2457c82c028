"""The rules, and what of a history breaks them. Pure: nothing is asked here, and no clock is read."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from Interop.cluster.events import ACKNOWLEDGED, UNCONFIRMED, UNREACHABLE, Answer, History, Update


class Rule(Enum):
    LOST = "an acknowledged value is not lost"
    STALE = "an answer has all values acknowledged before the question"
    DENIED = "a delegate that has values is never denied"
    BOGUS = "nothing is bogus, and in a signed zone all is validated"
    APART = "healed nodes agree within the time"
    MADE_UP = "an answer has only values that were published"
    REFUSED = "a node takes what another has enrolled"
    DIED = "a node ends when told to, and only then"


@dataclass(frozen=True)
class Retention:
    """How long values stay: Sources/Delegates/Table/ValueRetention.swift, as far as a client can be sure of it."""

    sure_seconds: float
    maximum_count: int = 64
    always_kept: int = 2

    def surely_keeps(self, later: int, age: float) -> bool:
        """Whether a value must be served that is so old, with at most so many later ones."""
        return later < self.always_kept or (later < self.maximum_count and age < self.sure_seconds)


@dataclass(frozen=True)
class Violation:
    rule: Rule
    text: str
    update: Update | None = None
    answer: Answer | None = None
    count: int = 1  # similar ones


# RFC 8914: the codes by which a validating resolver says that signatures do not hold.
BOGUS_ERRORS = frozenset({1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 27})
HEALING_WITHIN = 5.0  # seconds


def violations(history: History, retention: Retention, healing_within: float = HEALING_WITHIN) -> list[Violation]:
    """All violations, similar ones as one: the same rule, value and server."""
    found = [*_of_answers(history, retention), *_of_updates(history), *_of_the_end(history, healing_within)]
    grouped: dict[object, list[Violation]] = defaultdict(list)
    for violation in found:
        server = violation.answer.server if violation.answer else violation.text
        grouped[violation.rule, violation.update, server].append(violation)
    return [
        Violation(first.rule, first.text, first.update, first.answer, len(group))
        for group in grouped.values()
        for first in group[:1]
    ]


def required(updates: list[Update], answer: Answer, retention: Retention) -> list[Update]:
    """The updates of the delegate whose values the answer must have."""
    now = answer.received if answer.received is not None else answer.sent
    return [
        update
        for update in updates
        if update.status == ACKNOWLEDGED
        and update.ended < answer.sent
        and retention.surely_keeps(_possibly_later(updates, update, now), now - update.sent)
    ]


def _possibly_later(updates: list[Update], update: Update, now: float) -> int:
    """How many other values can have been committed after this one. One without a 200 can come through at any later time."""
    return sum(
        other is not update and other.sent < now and (other.status != ACKNOWLEDGED or other.ended > update.sent)
        for other in updates
    )


def _of_answers(history: History, retention: Retention) -> Iterator[Violation]:
    updates: dict[str, list[Update]] = defaultdict(list)
    for update in history.updates:
        updates[update.delegate].append(update)
    for answer in history.answers:
        own = updates[answer.delegate]
        if BOGUS_ERRORS.intersection(answer.extended_errors):
            yield Violation(Rule.BOGUS, f"{answer.server} says {answer.extended_errors}", answer=answer)
        if answer.server == history.validator and answer.says_something and not answer.is_authentic:
            yield Violation(Rule.BOGUS, f"{answer.server} has not validated an answer", answer=answer)
        if answer.is_final:
            yield from _of_final_answer(own, answer, retention)
        if not answer.says_something:
            continue
        missing = [update for update in required(own, answer, retention) if update.value not in answer.values]
        rule = Rule.DENIED if answer.is_denial else Rule.STALE
        for update in missing:
            yield Violation(rule, f"{answer.server} answers {answer.code} without the value", update, answer)
        known = {update.value for update in own if update.sent < (answer.received or answer.sent)}
        if answer.values - known:
            yield Violation(Rule.MADE_UP, f"{answer.server} has {sorted(answer.values - known)}", answer=answer)


def _of_final_answer(updates: list[Update], answer: Answer, retention: Retention) -> Iterator[Violation]:
    for update in required(updates, answer, retention):
        if update.value not in answer.values:
            what = answer.code if answer.received is not None else "nothing"
            yield Violation(Rule.LOST, f"at the end {answer.server} answers {what} without the value", update, answer)


def _of_updates(history: History) -> Iterator[Violation]:
    for update in history.updates:
        if update.status not in (ACKNOWLEDGED, UNCONFIRMED, UNREACHABLE):
            yield Violation(Rule.REFUSED, f"{update.node} answers an update with {update.status}", update)


def _of_the_end(history: History, healing_within: float) -> Iterator[Violation]:
    for death in history.deaths:
        yield Violation(Rule.DIED, death)
    healing = history.healing
    if healing and (healing.seconds is None or healing.seconds > healing_within):
        took = "do not agree" if healing.seconds is None else f"agree after {healing.seconds:.1f} s"
        yield Violation(Rule.APART, f"the nodes {took}: {healing.places}")
