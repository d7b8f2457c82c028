"""Updates sent to a nuncio by wrk, and what came of them."""

import itertools
import json
from dataclasses import dataclass
from pathlib import Path

from contenders import Nuncio
from processes import LabError
from stores import KNOWN_KEYS
from workshop import Workshop

SCRIPT = Path(__file__).resolve().parent / "programs" / "update.lua"
CONNECTIONS = 64


@dataclass
class Updated:
    """What wrk tells, and what the store then has. Times in microseconds."""

    requests: int
    seconds: float
    refused: int
    failed: int
    p50: float
    p99: float
    max: float
    changes: int = 0
    commits: int = 0

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


class Publisher:
    """Has the credentials of delegates, and never publishes a value twice."""

    def __init__(self, workshop: Workshop, count: int):
        self._runs = itertools.count(1)
        content = workshop.content(count)
        self._credentials = workshop.folder / "credentials"
        with open(self._credentials, "w") as file:
            file.writelines(f"{key.username} {key.text} {label}\n"
                            for key, label in itertools.islice(zip(content.keys(), content.labels), KNOWN_KEYS))

    def publish(self, server: Nuncio, seconds: int, rate: int | None = None) -> Updated:
        environment = {"CREDENTIALS": str(self._credentials), "RUN": f"run{next(self._runs)}-"}
        environment |= {"RATE": str(rate)} if rate else {}
        output = server.processes.run(
            ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--timeout", "10s", "-s", str(SCRIPT),
             f"http://127.0.0.1:{server.http_port}/update"], environment=environment, seconds=seconds + 30).output
        told = [line for line in output.splitlines() if line.startswith("{")]
        if not told:
            raise LabError(f"wrk told nothing\n{output}")
        return Updated(**json.loads(told[-1]))
