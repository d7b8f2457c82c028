"""A network namespace for the lab: nothing leaves it, and everything that was started in it ends with it."""

import os
import signal
import subprocess
import sys
from functools import partial
from types import FrameType

from Interop.processes import Processes, end_with_parent


def unshare_command() -> list[str]:
    """The namespace has its own process ids, too: when its first process ends, in any way, the kernel ends all others."""
    as_user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *as_user, "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]


def why_impossible() -> str | None:
    """The reason, in the words of `unshare`, why this machine makes no namespace; `None` if it makes one."""
    try:
        tried = subprocess.run(
            [*unshare_command(), "true"], capture_output=True, text=True, timeout=20, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if tried.returncode == 0 else tried.stderr.strip() or f"status {tried.returncode}"


def run_inside(command: list[str], *, seconds: float | None, interactive: bool) -> int:
    """Runs the command in the namespace and returns its exit status; if this process ends early, all of it ends too."""
    process = subprocess.Popen([*unshare_command(), *command], preexec_fn=partial(end_with_parent, signal.SIGKILL))

    def end(number: int, frame: FrameType | None) -> None:
        process.kill()
        process.wait()
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGHUP, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN if interactive else end)  # the shell inside takes it
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        print(f"FAILED  the whole run took longer than {seconds:.0f} s")
        return 1


def bring_up(processes: Processes, addresses: list[str]) -> None:
    """Brings loopback up inside the namespace, with these addresses."""
    processes.run(["ip", "link", "set", "lo", "up"])
    for address in addresses:
        length = 128 if ":" in address else 32
        processes.run(["ip", "address", "add", f"{address}/{length}", "dev", "lo"])
