"""Chooses faults at random, a few at a time, and leads them through their steps."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from Interop.cluster.database_pair import Step
from Interop.cluster.events import Fault, History
from Interop.cluster.fault_kinds import Kind
from Interop.cluster.fault_stories import Laboratory, Planned
from Interop.patience import patiently
from Interop.processes import LabError

AT_ONCE = 3
MEAN_PAUSE = 2.0  # seconds between two faults
LOOK_EVERY = 0.2  # seconds; some conditions take a program to find out
HEALED_WITHIN = patiently(9)


@dataclass
class _Going:
    """A story that is being told. `awaited` is a condition, or the moment of the next step."""

    planned: Planned
    fault: Fault
    awaited: float | Callable[[], bool] = 0.0
    looked_at: float = 0.0


class Director:
    def __init__(self, lab: Laboratory, kinds: list[Kind], history: History, now: Callable[[], float]) -> None:
        self._lab, self._kinds, self._history, self._now = lab, kinds, history, now
        self._going: list[_Going] = []
        self._next_at = now() + 2

    @property
    def going(self) -> list[str]:
        return [f"{going.fault.kind} {going.fault.target}" for going in self._going]

    def act(self, *, kills_only: bool = False) -> None:
        """To be called several times a second."""
        self._go_on()
        if self._now() >= self._next_at and len(self._going) < AT_ONCE:
            self._next_at = self._now() + self._lab.chance.expovariate(1 / MEAN_PAUSE)
            self._begin([kind for kind in self._kinds if kind.is_kill or not kills_only])

    def heal(self) -> None:
        """Leads all stories to their end."""
        deadline = time.monotonic() + HEALED_WITHIN
        while self._going:
            if time.monotonic() > deadline:
                raise LabError(f"not healed after {HEALED_WITHIN:.0f} s: {', '.join(self.going)}")
            self._go_on()
            time.sleep(0.02)

    def _begin(self, kinds: list[Kind]) -> None:
        kind = self._lab.chance.choices(kinds, [kind.weight for kind in kinds])[0]
        planned = kind.plan(self._lab)
        if any(planned.claims & going.planned.claims for going in self._going):
            return
        fault = Fault(kind.name, planned.target, self._now())
        self._history.faults.append(fault)
        self._going.append(_Going(planned, fault))

    def _go_on(self) -> None:
        for node in self._lab.nodes.values():
            node.look_after()
        for going in list(self._going):
            if not self._is_over(going):
                continue
            step: Step | None = next(going.planned.steps, None)
            if step is None:
                going.fault.ended = self._now()
                self._going.remove(going)
            else:
                going.awaited = step if callable(step) else self._now() + step

    def _is_over(self, going: _Going) -> bool:
        now = self._now()
        if not callable(going.awaited):
            return now >= going.awaited
        if now < going.looked_at + LOOK_EVERY:
            return False
        going.looked_at = now
        return going.awaited()
