"""What the commands have in common: their argument, a run in a folder of its own, and the count of cases at its end."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Never, Self

from Interop.processes import LabError, Processes


def program(text: str) -> Path:
    """The type of an argument that names a program."""
    path = Path(text).resolve()
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise argparse.ArgumentTypeError(f"{path} is not a program")
    return path


def summary(documentation: str | None) -> str:
    """The first line of a module's documentation, for its `--help`."""
    return (documentation or "").split("\n")[0]


class Run:
    """The cases of one command. Its processes run in a new folder.

    Use it in a `with` statement. At the end of the statement all its servers end. A server that does not end well is a failed
    case, and so is a `LabError` that leaves the statement, after which the program goes on. SIGTERM, and a run of more than
    `seconds`, raise such an error. The folder is removed unless a case has failed.
    """

    def __init__(self, name: str, seconds: float | None = None, *, programs: Sequence[Path] = (), keep: bool = False) -> None:
        self.passed = self.failed = 0
        self.folder = Path(tempfile.mkdtemp(prefix=f"nuncio-{name}-"))
        self.processes = Processes(self.folder, list(programs))
        self._seconds, self._keep = seconds, keep

    def __enter__(self) -> Self:
        def end(number: int, frame: FrameType | None) -> Never:
            raise LabError("told to end" if number == signal.SIGTERM else f"not finished after {self._seconds} s")

        signal.signal(signal.SIGTERM, end)
        if self._seconds is not None:
            signal.signal(signal.SIGALRM, end)
            signal.setitimer(signal.ITIMER_REAL, self._seconds)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        signal.setitimer(signal.ITIMER_REAL, 0)
        is_known = isinstance(error, LabError)
        if is_known:
            self.fail(str(error))
        for complaint in self.processes.stop():
            self.fail(complaint)
        if self.failed or self._keep or (error and not is_known):
            print(f"Configurations and logs are in {self.folder}", file=sys.stderr, flush=True)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        return is_known

    def fail(self, complaint: str) -> None:
        """Counts a failed case and tells what was wrong."""
        self.failed += 1
        print(f"FAILED {complaint}", flush=True)

    def conclude(self) -> int:
        """Prints the last line, and returns the exit status: 0 if no case has failed."""
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed else 0
