"""Holders that publish without a pause, and the time of each update."""

import http.client
import json
import threading
import time
from dataclasses import dataclass, field

from Interop.accounts import Account, register
from Interop.proxies.crowd import Crowd

COUNT = 4
# A request that waits for a deaf connection waits 14 s. A busy machine delays one by less.
LONGEST = 5.0


@dataclass
class Outcome:
    times: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def slowest(self) -> float:
        return max(self.times, default=0)

    @property
    def complaints(self) -> list[str]:
        complaints = [] if self.times else ["there was not one update"]
        if self.slowest > LONGEST:
            complaints.append(f"an update took {self.slowest:.1f} s")
        if self.failures:
            complaints.append(f"{len(self.failures)} updates failed, the first with {self.failures[0]}")
        return complaints


class Holders(Crowd):
    """Enrols at Nuncio itself, and publishes through the proxy, half of the holders with a new connection for each update."""

    def __init__(self, http_port: int, proxy_port: int) -> None:
        self._port = proxy_port
        self._outcome = Outcome()
        self._lock = threading.Lock()
        super().__init__(
            threading.Thread(target=self._publish, args=(register(f"http://127.0.0.1:{http_port}"), index % 2 == 0))
            for index in range(COUNT)
        )

    def publish_for(self, seconds: float) -> None:
        self._ended.wait(seconds)

    def take(self) -> Outcome:
        """The outcome since the last call."""
        with self._lock:
            outcome, self._outcome = self._outcome, Outcome()
            return outcome

    def _publish(self, account: Account, keeps: bool) -> None:
        number = 0
        connection: http.client.HTTPConnection | None = None
        while not self._ended.is_set():
            number += 1
            began = time.monotonic()
            failure = None
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
                connection.request(
                    "POST",
                    "/update",
                    json.dumps({"subdomain": account.subdomain, "txt": f"{number:043d}"}),
                    account.headers,
                )
                response = connection.getresponse()
                response.read()
                if response.status != 200:
                    failure = f"status {response.status}"
            except (OSError, http.client.HTTPException) as error:
                failure = repr(error)
            if connection and (failure or not keeps):
                connection.close()
                connection = None
            with self._lock:
                self._outcome.times.append(time.monotonic() - began)
                if failure:
                    self._outcome.failures.append(failure)
            self._ended.wait(0.02)
