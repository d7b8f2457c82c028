"""HTTP requests sent to a server by wrk, and the report of its script."""

import json
from pathlib import Path
from typing import Any

from Interop.bench.contenders import Contender
from Interop.processes import LabError

SCRIPTS = Path(__file__).resolve().parent / "programs"
CONNECTIONS = 64


def wrk(
    server: Contender, script: str, path: str, environment: dict[str, str], seconds: int, connections: int = CONNECTIONS
) -> dict[str, Any]:
    output = server.processes.run(
        [
            "wrk",
            "-t",
            "1",
            "-c",
            str(connections),
            "-d",
            f"{seconds}s",
            "--timeout",
            "10s",
            "-s",
            str(SCRIPTS / script),
            f"{server.scheme}://127.0.0.1:{server.http_port}{path}",
        ],
        environment=environment,
        seconds=seconds + 30,
    ).output
    told = [line for line in output.splitlines() if line.startswith("{")]
    if not told:
        raise LabError(f"wrk told nothing\n{output}")
    report: dict[str, Any] = json.loads(told[-1])
    return report
