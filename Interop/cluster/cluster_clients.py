"""Clients that enrol delegates and publish values at random nodes, one value of a delegate after the other."""

import base64
import http.client
import json
import random
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from Interop.cluster.cluster_hosts import HTTP_PORT, NODES
from Interop.cluster.events import ACKNOWLEDGED, UNREACHABLE, History, Update

CLIENTS = 16
TIMEOUT = 12  # seconds, a little longer than a node waits for the others
# Few enough that all must be served until the end, and fit into a response over UDP.
VALUES_PER_DELEGATE = 12


@dataclass(frozen=True)
class Enrolled:
    """A delegate and its credential."""

    name: str
    subdomain: str
    user: str
    key: str


class Clients:
    """`acknowledged` is called with the name of a delegate as soon as a value of it was acknowledged."""

    def __init__(
        self, history: History, rate: float, now: Callable[[], float], acknowledged: Callable[[str], object], seed: int
    ) -> None:
        """`rate` is that of all clients together, a second, as long as every update is acknowledged at once."""
        self._history, self._now, self._acknowledged = history, now, acknowledged
        self._pause = CLIENTS / rate
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._live, args=(random.Random(f"{seed} {number}"),), daemon=True)
            for number in range(CLIENTS)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Returns when the last update has ended, one way or the other."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _live(self, chance: random.Random) -> None:
        while not self._ended.is_set():
            enrolled = self._enrol(chance.choice(list(NODES)))
            for _ in range(VALUES_PER_DELEGATE if enrolled else 0):
                if enrolled:
                    self._publish(enrolled, chance.choice(list(NODES)))
                if self._ended.wait(chance.expovariate(1 / self._pause)):
                    return
            self._ended.wait(0 if enrolled else 0.5)

    def _enrol(self, node: str) -> Enrolled | None:
        status, body = _post(node, "/register", {}, {})
        if status not in (200, 201):
            return None
        answer = json.loads(body)
        return Enrolled(answer["fulldomain"], answer["subdomain"], answer["username"], answer["password"])

    def _publish(self, enrolled: Enrolled, node: str) -> None:
        value = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        headers = {"X-Api-User": enrolled.user, "X-Api-Key": enrolled.key}
        sent = self._now()
        status, _ = _post(node, "/update", {"subdomain": enrolled.subdomain, "txt": value}, headers)
        self._history.updates.append(Update(enrolled.name, value, node, sent, self._now(), status))
        if status == ACKNOWLEDGED:
            self._acknowledged(enrolled.name)


def _post(node: str, path: str, body: dict[str, str], headers: dict[str, str]) -> tuple[int, bytes]:
    """The status and the body; `UNREACHABLE` if no response came in time."""
    connection = http.client.HTTPConnection(NODES[node], HTTP_PORT, timeout=TIMEOUT)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", **headers})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return UNREACHABLE, b""
    finally:
        connection.close()
