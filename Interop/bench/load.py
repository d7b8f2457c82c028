"""Queries sent to a server, by dnsperf or by our own client, and their outcome."""

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from Interop.bench.contenders import Contender
from Interop.processes import LabError

CODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"]
EXPECTED = {
    "txt": {"NOERROR"},
    "do": {"NOERROR"},
    "nodata": {"NOERROR"},
    "caa": {"NOERROR"},
    "nxdomain": {"NXDOMAIN"},
    "mixed": {"NOERROR", "NXDOMAIN"},
}
CLIENTS = {"udp": 1, "tcp": 4, "tls": 4}
MODES = {"udp": "udp", "tcp": "tcp", "tls": "dot"}
OUTSTANDING = 100
# The most unanswered queries, and the most connections, that our own client has at a time.
WINDOW, CONNECTIONS = 128, 16


@dataclass
class Outcome:
    completed: int
    lost: int
    seconds: float
    codes: dict[str, int]
    response_octets: float
    latencies: list[float] = field(default_factory=list, repr=False)

    @property
    def rate(self) -> float:
        return self.completed / self.seconds


@dataclass
class Measurement:
    """One run of a few seconds."""

    server: str
    round: int
    microseconds: float  # of the server's CPU, for a query
    rate: float
    busy: float  # the share of the time that the server was on its processor
    lost: int
    response_octets: float

    def raw(self) -> dict[str, Any]:
        return asdict(self)


def measure(server: Contender, number: int, send: Callable[[], Outcome]) -> Measurement:
    """Measures the server while `send` sends queries and returns their outcome."""
    before = server.cpu_nanoseconds()
    outcome = send()
    taken = server.cpu_nanoseconds() - before
    return Measurement(
        server.name,
        number,
        taken / 1000 / outcome.completed,
        outcome.rate,
        taken / 1e9 / outcome.seconds,
        outcome.lost,
        outcome.response_octets,
    )


def dnsperf(
    server: Contender,
    queries: Path,
    kind: str,
    transport: str,
    seconds: float,
    *,
    rate: float | None = None,
    times: int | None = None,
    with_latencies: bool = False,
    pinned: bool = True,
) -> Outcome:
    """Saturates the server unless a rate is given. Takes `seconds`, or the first `times` queries. The kind “do” sets DO."""
    command = ["taskset", "-c", str(server.workshop.load_processor)] if pinned else []
    command += [
        "dnsperf",
        "-s",
        "127.0.0.1",
        "-p",
        str(server.port_of(transport)),
        "-m",
        MODES[transport],
        "-e",
        "-d",
        str(queries),
        "-c",
        str(CLIENTS[transport]),
        "-q",
        str(OUTSTANDING),
        "-t",
        "2",
        "-l",
        f"{seconds:g}",
    ]
    command += ["-D"] if kind == "do" else []
    command += ["-Q", str(max(1, int(rate)))] if rate else []
    command += ["-n", str(times)] if times else []
    each = server.folder / "latencies"
    if with_latencies:
        # To a file, not to this program, which must not run while queries are sent.
        command = ["sh", "-c", f"{shlex.join([*command, '-v'])} > {shlex.quote(str(each))}"]
    output = server.processes.run(command, seconds=seconds + 20).output
    latencies = []
    if with_latencies:
        lines = each.read_text(errors="replace").splitlines()
        latencies = sorted(float(line.rpartition(" ")[2]) for line in lines if line.startswith("> ") and line[2] not in "TI")
        output = "\n".join(line for line in lines[-40:] if not line.startswith("> "))
        each.unlink()
    return checked(parsed(output, latencies), server, kind)


def parsed(output: str, latencies: list[float]) -> Outcome:
    def number(pattern: str) -> float:
        found = re.search(pattern, output)
        if not found:
            raise LabError(f"dnsperf did not say “{pattern}”\n{output}")
        return float(found.group(1))

    completed = int(number(r"Queries completed:\s+(\d+)"))
    if not completed:
        raise LabError(f"No query was answered\n{output}")
    codes = re.search(r"Response codes:\s+(.*)", output)
    return Outcome(
        completed,
        int(number(r"Queries lost:\s+(\d+)")),
        number(r"Run time \(s\):\s+([\d.]+)"),
        {code: int(count) for code, count in re.findall(r"(\w+) (\d+) \(", codes.group(1) if codes else "")},
        number(r"response (\d+)"),
        latencies,
    )


def ask(server: Contender, queries: Path, kind: str, mode: str, seconds: float) -> Outcome:
    """The mode udp saturates the server; tcp uses a connection for each query."""
    program = str(server.workshop.programs.ask)
    at_once = WINDOW if mode == "udp" else CONNECTIONS
    output = server.processes.run(
        [
            "taskset",
            "-c",
            str(server.workshop.load_processor),
            program,
            mode,
            str(server.port),
            str(queries),
            f"{seconds:g}",
            str(at_once),
        ],
        seconds=seconds + 20,
    ).output
    told = json.loads(output)
    if not told["completed"]:
        raise LabError(f"{server.name} answered no query over {mode}: {output}")
    codes = {CODES[code] if code < len(CODES) else str(code): count for code, count in enumerate(told["codes"]) if count}
    outcome = Outcome(
        told["completed"], told["lost"] + told["failed"], told["seconds"], codes, told["octets"] / told["completed"]
    )
    return checked(outcome, server, kind)


def checked(outcome: Outcome, server: Contender, kind: str) -> Outcome:
    """Raises if the server answered wrongly or not at all: that makes it no faster."""
    if server.answers and not outcome.codes.keys() <= EXPECTED[kind]:
        raise LabError(f"{server.name} answered “{kind}” with {outcome.codes}")
    if outcome.lost > 100 + outcome.completed / 100:
        raise LabError(f"{server.name} lost {outcome.lost} of {outcome.lost + outcome.completed} queries “{kind}”")
    return outcome
