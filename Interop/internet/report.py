"""A line for each judge, and the counts at the end."""

import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Never

from Interop.patience import patiently
from Interop.processes import LabError

SHOWN_LINES = 60


class Report:
    """Prints what is wrong; if that is long, a file among the logs has the whole of it."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self.passed = 0
        self.failed = 0
        signal.signal(signal.SIGALRM, self._out_of_time)

    def judge(self, title: str, body: Callable[[], str | None], seconds: float = 60) -> bool:
        """`body` returns its score as a text, or raises. Returns whether the judge was content."""
        start = time.monotonic()
        self._seconds = patiently(seconds)
        signal.setitimer(signal.ITIMER_REAL, self._seconds)
        try:
            score, wrong = body() or "", ""
            outcome = "ok"
        except Wrong as error:
            outcome, score, wrong = "FAILED", error.score, str(error)
        except Exception as error:
            outcome, score, wrong = "FAILED", "", str(error) or type(error).__name__
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        self.passed += outcome == "ok"
        self.failed += outcome != "ok"
        print(f"{outcome:7} {title}{': ' if score else ''}{score} ({time.monotonic() - start:.1f} s)", flush=True)
        lines = wrong.splitlines()
        for line in lines[:SHOWN_LINES]:
            print(f"        {line}", flush=True)
        if len(lines) > SHOWN_LINES:
            file = self._logs / f"{title.replace(' ', '-')}.wrong"
            file.write_text(wrong)
            print(f"        … {len(lines) - SHOWN_LINES} more lines: all are in {file}", flush=True)
        return outcome == "ok"

    @staticmethod
    def skipped(title: str, why: str) -> None:
        print(f"skipped {title}: {why}", flush=True)

    def _out_of_time(self, number: int, frame: FrameType | None) -> Never:
        raise LabError(f"It took longer than {self._seconds:.0f} s")


class Wrong(LabError):
    """A judge came to its end, with this score."""

    def __init__(self, score: str, found: str) -> None:
        super().__init__(found)
        self.score = score
