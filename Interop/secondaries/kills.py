"""SIGKILL while holders publish, configurations are read and zones are fetched: a copy must still hold after the next start."""

import http.client
import threading
import time

from Interop.processes import LabError
from Interop.secondaries.comparing_copies import PRIMARY, Comparison, Table
from Interop.secondaries.primary import FILE_ZONE, ZONE, Primary
from Interop.secondaries.transfers import History, transfer

KILLS = 4
SECONDS = 0.7  # before each kill
HOLDERS = 10


class Kills:
    def __init__(self, primary: Primary, history: History) -> None:
        self._primary, self._history = primary, history
        self._holders = [primary.register() for _ in range(HOLDERS)]
        self._number = 0
        self.published = self.transfers = 0

    def run(self) -> list[str]:
        """Returns the complaints."""
        complaints = []
        for _ in range(KILLS):
            ended = threading.Event()
            threads = [threading.Thread(target=work, args=(ended,)) for work in (self._publish, self._reload)]
            for thread in threads:
                thread.start()
            try:
                end = time.monotonic() + SECONDS
                while time.monotonic() < end:
                    complaints += self._fetch()
            finally:
                # The last transfer ended before the kill, so everything in it was seen before the end.
                self._primary.kill()
                ended.set()
                for thread in threads:
                    thread.join()
            # The configuration is the one that it was reading, or had read.
            self._primary.start()
            complaints += self._fetch()
        return complaints[:5]

    def _fetch(self) -> list[str]:
        self.transfers += 1
        return [
            complaint
            for zone in (ZONE, FILE_ZONE)
            for complaint in self._history.note(zone, transfer(self._primary.port, zone))
        ]

    def _publish(self, ended: threading.Event) -> None:
        while not ended.is_set():
            self._number += 1
            try:
                self._primary.publish(self._holders[self._number % HOLDERS], f"k{self._number:042d}")
            except (LabError, OSError, http.client.HTTPException):
                return  # the server is dead
            self.published += 1

    def _reload(self, ended: threading.Event) -> None:
        while not ended.wait(0.1):
            self._primary.settings.records["kill.d.example.net."] = f"A 192.0.2.{self._number % 256}"
            self._primary.write_zone_file(16, f"{self._number}")
            self._primary.hang_up()


def compare_after_kills(primary: Primary, history: History, comparison: Comparison, table: Table) -> None:
    kills = Kills(primary, history)
    complaints = kills.run()
    table.add(
        f"{KILLS} times kill -9 during {kills.published} updates, {kills.transfers} transfers",
        history.latest(ZONE),
        {PRIMARY: complaints},
    )
    comparison.compare("… and after them", rises=None)
    comparison.compare("… the zone file", FILE_ZONE, rises=None)
