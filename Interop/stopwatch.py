"""What people do in a story, each step with its seconds, and the table of all steps."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from Interop.demo import Story

Result = TypeVar("Result")


@dataclass(frozen=True)
class Step:
    """A command that a person types, or records that they create; without a person, a wait."""

    person: str
    line: str
    seconds: float


class Stopwatch:
    """`announce` is for `Processes`: a step without a line of its own shows the first command that runs in it."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._line = ""
        self._expects_line = False
        self.steps: list[Step] = []

    def announce(self, line: str) -> None:
        if self._expects_line:
            self._line, self._expects_line = line, False
            self._story.command(line)

    def step(self, person: str, action: Callable[[], Result], line: str | None = None) -> Result:
        """Does the action and measures it."""
        self._expects_line = True
        if line is not None:
            self.announce(line)
        began = time.monotonic()
        result = action()
        self._add(person, self._line, time.monotonic() - began)
        self._expects_line = False
        return result

    def wait(self, what: str, action: Callable[[], object]) -> None:
        began = time.monotonic()
        action()
        self._add("", what, time.monotonic() - began)

    @property
    def commands(self) -> int:
        return sum(bool(step.person) for step in self.steps)

    def seconds(self, *, of_waits: bool | None = None) -> float:
        """The sum, of all steps or of those that are waits or not."""
        return sum(step.seconds for step in self.steps if of_waits is None or of_waits == (not step.person))

    def table(self) -> str:
        """In Markdown."""
        lines = ["| | who | command | seconds |", "|---|---|---|---|"]
        number = 0
        for step in self.steps:
            number += bool(step.person)
            start = f"| {number} | {step.person} | `{step.line}` |" if step.person else f"| | | {step.line} |"
            lines.append(f"{start} {step.seconds:.1f} |")
        return "\n".join(lines)

    def _add(self, person: str, line: str, seconds: float) -> None:
        self.steps.append(Step(person, line, seconds))
        self._story.output(f"[{seconds:.1f} s]" if person else f"[{seconds:.1f} s: {line}]")
