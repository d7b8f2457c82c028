"""What a run has found, as text for a person."""

from collections import Counter
from collections.abc import Iterable

from Interop.cluster.askers import LATE_AFTER
from Interop.cluster.events import ACKNOWLEDGED, UNCONFIRMED, UNREACHABLE, History, Update
from Interop.cluster.verdict import HEALING_WITHIN, Rule, Violation

_SHOWN_OF_RULE = 3
_BEFORE, _AFTER = 12.0, 3.0  # seconds around a violation that are shown of it
_MOST_ANSWERS = 60


def progress(history: History, seconds: float, going: list[str]) -> None:
    statuses = Counter(update.status for update in list(history.updates))
    print(
        f"{seconds:6.0f} s  {statuses[ACKNOWLEDGED]} acknowledged, {statuses[UNCONFIRMED]} unconfirmed,"
        f" {len(history.answers)} answers, {len(history.faults)} faults  {'; '.join(going)}",
        flush=True,
    )


def print_table(history: History, found: list[Violation]) -> None:
    statuses = Counter(update.status for update in history.updates)
    answers = [answer for answer in history.answers if not answer.is_final]
    codes = Counter(answer.code if answer.received is not None else "none" for answer in answers)
    late = sum(answer.received is not None and answer.received - answer.sent > LATE_AFTER for answer in answers)
    print("\nupdates")
    _row("acknowledged", statuses[ACKNOWLEDGED])
    _row("503, not confirmed", statuses[UNCONFIRMED])
    _row("no response", statuses[UNREACHABLE])
    _row("other statuses", sum(statuses.values()) - sum(statuses[known] for known in (ACKNOWLEDGED, UNCONFIRMED, UNREACHABLE)))
    _row("seconds of those acknowledged", _quantiles(history.updates))
    print("answers")
    for code, count in sorted(codes.items()):
        _row(code, count)
    _row(f"later than {LATE_AFTER:.0f} s", late)
    print("faults")
    for kind, count in sorted(Counter(fault.kind for fault in history.faults).items()):
        _row(kind, count)
    if history.key_changes:
        _row(
            "changes of keys that were made, of those asked for",
            f"{history.key_changes.count(0)} of {len(history.key_changes)}",
        )
    healing = history.healing
    if healing:
        _row("healed", "never" if healing.seconds is None else f"{healing.seconds:.1f} s of {HEALING_WITHIN:.0f}")
    print("violations")
    for rule in Rule:
        of_rule = [violation for violation in found if violation.rule is rule]
        _row(rule.value, f"{len(of_rule)}" + (f" ({sum(violation.count for violation in of_rule)} answers)" if of_rule else ""))


def print_violations(history: History, found: list[Violation]) -> None:
    """The first ones of each rule, each with all that happened around it."""
    for rule in Rule:
        of_rule = sorted((violation for violation in found if violation.rule is rule), key=_moment)
        for violation in of_rule[:_SHOWN_OF_RULE]:
            print(f"\nVIOLATION “{rule.value}”: {violation.text} ({violation.count} times)")
            _print_history(history, violation)
        if len(of_rule) > _SHOWN_OF_RULE:
            print(f"\n… and {len(of_rule) - _SHOWN_OF_RULE} more of this rule")


def _print_history(history: History, violation: Violation) -> None:
    update, answer = violation.update, violation.answer
    delegate = update.delegate if update else answer.delegate if answer else None
    if delegate is None:
        return
    moment = _moment(violation)
    begin, end = min(moment, update.sent if update else moment) - _BEFORE, moment + _AFTER
    lines = [(one.sent, _told(one)) for one in history.updates if one.delegate == delegate]
    lines += [(note.at, note.text) for note in history.notes if begin <= note.at <= end]
    for fault in history.faults:
        if fault.began <= end and (fault.ended is None or fault.ended >= begin):
            until = f"until {fault.ended:.3f}" if fault.ended is not None else "for good"
            lines.append((fault.began, f"FAULT   {fault.kind}: {fault.target}, {until}"))
    shown = [one for one in history.answers if one.delegate == delegate and begin <= one.sent <= end]
    for one in shown[:_MOST_ANSWERS]:
        values = " ".join(sorted(value[:6] for value in one.values))
        errors = f" errors {one.extended_errors}" if one.extended_errors else ""
        when = f"{one.received:.3f}" if one.received is not None else "never"
        mark = "  ◀ violates" if one is answer else ""
        lines.append((one.sent, f"ANSWER  {one.server} at {when}: {one.code}{errors} {values}{mark}"))
    print(f"  delegate {delegate}; the value is {update.value[:6] if update else 'none'}; times in seconds; values shortened")
    for at, line in sorted(lines):
        print(f"  {at:9.3f}  {line}")


def _told(update: Update) -> str:
    return f"UPDATE  {update.value[:6]} at {update.node}: {update.status or 'no response'} at {update.ended:.3f}"


def _moment(violation: Violation) -> float:
    return violation.answer.sent if violation.answer else violation.update.ended if violation.update else 0


def _quantiles(updates: Iterable[Update]) -> str:
    seconds = sorted(update.ended - update.sent for update in updates if update.status == ACKNOWLEDGED)
    if not seconds:
        return "none"
    return f"p50 {seconds[len(seconds) // 2]:.3f}, p99 {seconds[len(seconds) * 99 // 100]:.3f}, max {seconds[-1]:.3f}"


def _row(name: str, value: object) -> None:
    print(f"  {name:<62} {value}")
