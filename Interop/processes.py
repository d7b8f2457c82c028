"""Commands that finish, servers that stay, and the guarantee that all of them end."""

import ctypes
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from Interop.patience import patiently

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1
STOP_WITHIN = patiently(5)  # seconds from SIGTERM


ServerProcess = subprocess.Popen[str]
# A command and what is to be added to its environment.
Prepared = tuple[list[str], Mapping[str, str] | None]


class LabError(Exception):
    """Something in the lab went wrong; the message is for a person."""


@dataclass
class Finished:
    """The output of a command."""

    output: str
    errors: str


class Processes:
    """Runs everything in one directory and one clean environment.

    `announce` is called with each command just before it runs, as a person would type it in that directory.
    """

    def __init__(
        self, directory: Path, programs: Sequence[Path], announce: Callable[[str], object] = lambda line: None
    ) -> None:
        self.directory = directory
        self.logs = directory / "logs"
        self.logs.mkdir()
        self._announce = announce
        self._servers: list[tuple[str, ServerProcess, int]] = []
        # The environment inherits nothing that could lead a client elsewhere: proxies, a ~/.curlrc, certbot's own
        # settings. unbound is in /usr/sbin, which is not on everyone's path.
        search = [*map(str, programs), os.environ.get("PATH", os.defpath), "/usr/sbin"]
        self._environment = {
            "PATH": ":".join(search),
            "HOME": str(directory),
            "TMPDIR": str(directory),
            "LC_ALL": "C.UTF-8",
            **{key: os.environ[key] for key in ("LD_LIBRARY_PATH",) if key in os.environ},
        }

    def run(
        self,
        command: list[str],
        *,
        environment: Mapping[str, str] | None = None,
        output_file: str | None = None,
        seconds: float = 20,
        announced: bool = True,
        expected: Collection[int] = (0,),
    ) -> Finished:
        """Runs a command to its end. Raises `LabError` for another exit status, or if it takes longer than patience allows."""
        seconds = patiently(seconds)
        typed = as_typed(command, environment) + (f" > {output_file}" if output_file else "")
        if announced:
            self._announce(typed)
        process = self._spawn(command, environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            output, errors = process.communicate(timeout=seconds)
        except BaseException as reason:
            _kill_group(process)
            if isinstance(reason, subprocess.TimeoutExpired):
                left = "".join(part or "" for part in process.communicate())
                raise LabError(f"{command[0]} did not finish in {seconds:.0f} s\n{left}") from None
            raise
        with (self.logs / "commands.log").open("a") as log:
            log.write(f"$ {typed}\n{output}{errors}[exit status {process.returncode}]\n\n")
        if process.returncode not in expected:
            raise LabError(f"{command[0]} ended with status {process.returncode}\n{output}{errors}")
        if output_file:
            # Only its owner can read it, as a file with a credential should be.
            file = self.directory / output_file
            file.touch(mode=0o600)
            file.write_text(output)
        return Finished(output, errors)

    def start_server(
        self,
        name: str,
        prepare: Callable[[], Prepared],
        is_ready: Callable[[], bool],
        *,
        status_when_ended: int = 0,
        seconds: float = 15,
        descriptors: Sequence[int] = (),
    ) -> ServerProcess:
        """Starts a server that stays until `stop`, and returns when it is ready. It inherits the descriptors.

        `prepare()` picks ports, writes the configuration, and returns the command and its environment.
        Another process can take a port after it was seen free and before it is bound, so a server that ends
        at once is prepared again.
        """
        for _ in range(3):
            command, environment = prepare()
            log = self.log_of(name)
            self._announce(f"{as_typed(command, environment)} 2> {log.relative_to(self.directory)} &")
            with log.open("w") as file:
                server = self._spawn(command, environment, stdout=file, stderr=file, descriptors=descriptors)
            self._servers.append((name, server, status_when_ended))
            wait_until(partial(_has_ended_or, server, is_ready), seconds, f"{name} is ready")
            if server.poll() is None:
                return server
            self._servers.pop()
        raise LabError(f"{name} ended at once, with status {server.returncode}\n{last_lines(log)}")

    def log_of(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def has_logged(self, name: str, text: str) -> bool:
        """Whether the log of a server contains the text."""
        return text in self.log_of(name).read_text(errors="replace")

    def end(self, server: ServerProcess) -> list[str]:
        """Ends one server before the others, and returns what did not end well."""
        return self._end(*self._remove(server))

    def kill(self, server: ServerProcess) -> None:
        """Kills one server before the others end."""
        self._remove(server)
        _kill_group(server)

    def stop(self) -> list[str]:
        """Ends every server, the last started first, and returns what did not end well."""
        complaints = []
        while self._servers:
            complaints += self._end(*self._servers.pop())
        return complaints

    def _remove(self, server: ServerProcess) -> tuple[str, ServerProcess, int]:
        entry = next(entry for entry in self._servers if entry[1] is server)
        self._servers.remove(entry)
        return entry

    def _end(self, name: str, server: ServerProcess, expected_status: int) -> list[str]:
        if server.poll() is not None:
            return [f"{name} ended by itself, with status {server.returncode}"]
        server.terminate()
        try:
            status = server.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            _kill_group(server)
            return [f"{name} was still running {STOP_WITHIN:.0f} s after SIGTERM"]
        return [] if status == expected_status else [f"{name} ended with status {status} on SIGTERM"]

    def _spawn(
        self,
        command: list[str],
        environment: Mapping[str, str] | None,
        stdout: int | IO[str],
        stderr: int | IO[str],
        descriptors: Sequence[int] = (),
    ) -> ServerProcess:
        try:
            # Its own session: Ctrl-C in the terminal reaches only this program, which ends the others in order.
            return subprocess.Popen(
                command,
                cwd=self.directory,
                env=self._environment | dict(environment or {}),
                text=True,
                errors="replace",
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
                pass_fds=descriptors,
                preexec_fn=partial(end_with_parent, signal.SIGTERM),
            )
        except OSError as error:
            raise LabError(f"{command[0]} could not be started: {error.strerror}") from None


def end_with_parent(number: signal.Signals) -> None:
    """Makes the kernel send this process the signal when its parent ends, even if the parent is killed with SIGKILL."""
    if _libc:
        _libc.prctl(_PR_SET_PDEATHSIG, number)


def _has_ended_or(server: ServerProcess, is_ready: Callable[[], bool]) -> bool:
    return server.poll() is not None or is_ready()


def _kill_group(process: ServerProcess) -> None:
    with suppress(ProcessLookupError):  # all of it has ended
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def as_typed(command: list[str], environment: Mapping[str, str] | None = None) -> str:
    """The command as a line for a shell."""
    settings = [f"{key}={shlex.quote(value)}" for key, value in (environment or {}).items()]
    return " ".join([*settings, shlex.join(command)])


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Checks again and again until the condition holds; there is no wait without a deadline here."""
    seconds = patiently(seconds)
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(f"Waited {seconds:.0f} s in vain until {what}")
        time.sleep(0.05)


def free_port() -> int:
    """A port of 127.0.0.1 that is free for both UDP and TCP at this moment."""
    for _ in range(50):
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            port: int = tcp.getsockname()[1]
            return port
    raise LabError("No port of 127.0.0.1 is free for both UDP and TCP")


def last_lines(file: Path, count: int = 20) -> str:
    try:
        return "\n".join(file.read_text(errors="replace").splitlines()[-count:])
    except FileNotFoundError:
        return ""
