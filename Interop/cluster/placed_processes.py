"""Long-lived programs on the machines: started, stopped and killed without waiting.

`Processes` of the other laboratories waits until a server is ready. Here something else always goes on meanwhile. All programs
end with the namespace of the run at the latest.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from Interop.cluster.cluster_hosts import at

AS_NOBODY = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]  # PostgreSQL refuses to run as root


class PlacedProcess:
    """A program, with a log that is continued by the next one of the same name."""

    def __init__(self, host: str, command: list[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        inherited = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
        self._begins = log.stat().st_size if log.exists() else 0
        self._log = log
        with log.open("a") as output:
            self._process = subprocess.Popen(
                at(host, command),
                env={"LC_ALL": "C.UTF-8", **inherited, **(environment or {})},
                cwd=log.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def status(self) -> int | None:
        """As of `Popen.returncode`: `None` while it runs, and negative after a signal."""
        return self._process.poll()

    def has_ended(self) -> bool:
        return self.status is not None

    def has_logged(self, text: str) -> bool:
        with self._log.open(errors="replace") as log:
            log.seek(self._begins)
            return text in log.read()

    def send(self, number: signal.Signals) -> None:
        if not self.has_ended():
            self._process.send_signal(number)

    def kill(self) -> None:
        """Returns when the process has ended."""
        self.send(signal.SIGKILL)
        self._process.wait()

    def write_stacks(self) -> None:
        """Writes what each thread is doing into the log, if there is a debugger: for a process that hangs."""
        if self.has_ended() or not shutil.which("gdb"):
            return
        command = ["gdb", "-p", str(self._process.pid), "-batch", "-ex", "set pagination off", "-ex", "thread apply all bt 25"]
        with self._log.open("a") as output, suppress(subprocess.TimeoutExpired):
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=90, check=False)

    def family(self) -> list[int]:
        """The process ids of the process and its children."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        with suppress(OSError):
            return [self._process.pid, *map(int, children.read_text().split())]
        return [self._process.pid]

    def send_to_family(self, number: signal.Signals) -> None:
        if self.has_ended():
            return
        for process in self.family():
            with suppress(ProcessLookupError):
                os.kill(process, number)
