"""The machine of a run: without it no figure means anything."""

import os
import platform
import re
import subprocess
import time
from pathlib import Path

VERSIONS = {
    "nsd": ["nsd", "-v"],
    "knot": ["knotd", "--version"],
    "dnsperf": ["dnsperf", "-h"],
    "valgrind": ["valgrind", "--version"],
    "wrk": ["wrk", "--version"],
    "cc": ["cc", "--version"],
}


def describe(nuncio: Path, folder: Path) -> dict[str, str]:
    cpu = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.*)$", cpu, re.MULTILINE)
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    versions = {"nuncio": version([str(nuncio), "--version"])}
    versions |= {name: version(command) for name, command in VERSIONS.items()}
    return {
        "processor": model.group(1) if model else platform.machine(),
        "processors": str(len(os.sched_getaffinity(0))),
        "memory": f"{int(memory.group(1)) // 1024} MiB" if memory else "unknown",
        "kernel": platform.release(),
        "system": os_name(),
        "autogroup": autogroup(),
        "load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "fdatasync": f"{sync_milliseconds(folder):.2f} ms (median of 50, 4 KiB, in the folder of the run)",
        "versions": ", ".join(f"{name} {text}" for name, text in versions.items()),
    }


def version(command: list[str]) -> str:
    """The first text that looks like a version in the program's output."""
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"
    try:
        # stdin is closed: some programs would wait for it.
        ran = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            env=os.environ | {"PATH": path},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "?"
    found = re.search(r"\d+\.\d+[\w.+-]*", ran.stdout + ran.stderr)
    return found.group(0) if found else "?"


def os_name() -> str:
    try:
        found = re.search(r'^PRETTY_NAME="(.*)"$', Path("/etc/os-release").read_text(), re.MULTILINE)
    except OSError:
        return platform.system()
    return found.group(1) if found else platform.system()


def autogroup() -> str:
    try:
        return "on" if Path("/proc/sys/kernel/sched_autogroup_enabled").read_text().strip() == "1" else "off"
    except OSError:
        return "none"


def sync_milliseconds(folder: Path) -> float:
    """The time that this disk takes to make 4 KiB durable, which limits commits."""
    times = []
    file = folder / "fdatasync"
    with file.open("wb", buffering=0) as octets:
        for _ in range(50):
            octets.write(bytes(4096))
            began = time.perf_counter()
            os.fdatasync(octets.fileno())
            times.append(time.perf_counter() - began)
    file.unlink()
    return sorted(times)[25] * 1000
