"""Updates sent to a nuncio by wrk, and their outcome."""

import itertools
from dataclasses import dataclass

from Interop.bench.contenders import Nuncio
from Interop.bench.stores import KNOWN_KEYS
from Interop.bench.workshop import Workshop
from Interop.bench.wrk import wrk


@dataclass
class Updated:
    """The report of wrk, and the store's contents after it. Times are in microseconds."""

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

    def __init__(self, workshop: Workshop, count: int) -> None:
        self._runs = itertools.count(1)
        content = workshop.content(count)
        self.credentials = workshop.folder / "credentials"
        with self.credentials.open("w") as file:
            file.writelines(
                f"{key.username} {key.text} {label}\n"
                for key, label in itertools.islice(zip(content.keys(), content.labels, strict=True), KNOWN_KEYS)
            )

    def publish(self, server: Nuncio, seconds: int, rate: int | None = None) -> Updated:
        environment = {"CREDENTIALS": str(self.credentials), "RUN": f"run{next(self._runs)}-"}
        environment |= {"RATE": str(rate)} if rate else {}
        return Updated(**wrk(server, "update.lua", "/update", environment, seconds))
