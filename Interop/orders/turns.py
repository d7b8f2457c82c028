"""Several stories that happen at the same time, in one thread: each goes on until it waits for something."""

import time
from collections.abc import Callable, Iterable, Iterator

from Interop.patience import patiently
from Interop.processes import LabError

Story = Iterator[None]


def until(condition: Callable[[], bool], seconds: float, what: str) -> Story:
    """As `wait_until`, but others go on meanwhile: `yield from until(…)`."""
    seconds = patiently(seconds)
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(f"Waited {seconds:.0f} s in vain until {what}")
        yield


def take_turns(stories: Iterable[Story]) -> None:
    """Returns when all stories have ended. The first error ends all."""
    going_on = list(stories)
    while going_on:
        going_on = [story for story in going_on if next(story, going_on) is None]
        time.sleep(0.05)
