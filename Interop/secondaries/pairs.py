"""Transfers while values change all the time. Values come in pairs, first at one delegate and then at another: a transfer that
has the second of a pair has the first, or it is not the zone of one moment."""

import threading
import time
from collections.abc import Callable

from Interop.processes import LabError
from Interop.secondaries.comparing_copies import PRIMARY, Comparison, Table
from Interop.secondaries.primary import ZONE, Holder, Primary
from Interop.secondaries.transfers import Copy, History, is_newer, serial_at, transfer

PAIRS = 50
PUBLISHERS = 4
SECONDS = 6.0
LEAST_TRANSFERS = 20


class Pairs:
    def __init__(self, primary: Primary, history: History) -> None:
        self._primary, self._history = primary, history
        self._pairs = [(primary.register(), primary.register()) for _ in range(PAIRS)]
        self._ended = threading.Event()
        self._complaints: list[str] = []
        self.published = self.transfers = self.reloads = 0

    def run(self) -> list[str]:
        """Returns the complaints."""
        threads = [
            threading.Thread(target=self._watched, args=(self._publish, self._pairs[index::PUBLISHERS]))
            for index in range(PUBLISHERS)
        ]
        threads += [threading.Thread(target=self._watched, args=(work,)) for work in (self._ask_for_serials, self._reload)]
        for thread in threads:
            thread.start()
        try:
            self._transfer_for(SECONDS)
        finally:
            self._ended.set()
            for thread in threads:
                thread.join()
        if self.transfers < LEAST_TRANSFERS:
            self._complaints.append(f"there were {self.transfers} transfers")
        return self._complaints[:5]

    def _watched(self, work: Callable[..., None], *arguments: object) -> None:
        try:
            work(*arguments)
        except (LabError, OSError) as error:
            self._complaints.append(f"{type(error).__name__}: {error}")

    def _publish(self, pairs: list[tuple[Holder, Holder]]) -> None:
        number = 0
        while not self._ended.is_set():
            number += 1
            for first, second in pairs:
                if self._ended.is_set():
                    return
                for holder in (first, second):
                    self._primary.publish(holder, f"{number:043d}")
                    self.published += 1

    def _reload(self) -> None:
        """Adds and removes a record meanwhile."""
        records = self._primary.settings.records
        while not self._ended.wait(0.5):
            if records.pop("now.d.example.net.", None) is None:
                records["now.d.example.net."] = "A 192.0.2.1"
            self._primary.reload()
            self.reloads += 1

    def _ask_for_serials(self) -> None:
        latest: int | None = None
        while not self._ended.wait(0.002):
            serial = serial_at(self._primary.port, ZONE)
            if serial is None:
                self._complaints.append("a query for the serial got no answer")
                return
            if latest is not None and serial != latest and not is_newer(serial, latest):
                self._complaints.append(f"by UDP the serial went back from {latest} to {serial}")
            latest = serial

    def _transfer_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end or (self.transfers < LEAST_TRANSFERS and not self._complaints):
            copy = transfer(self._primary.port, ZONE)
            self.transfers += 1
            self._complaints += self._history.note(ZONE, copy)
            self._complaints += self._torn_pairs(copy)

    def _torn_pairs(self, copy: Copy) -> list[str]:
        values = copy.texts()
        torn = []
        for first, second in self._pairs:
            former, latter = values.get(first.name, []), values.get(second.name, [])
            # Of more than 64 values, the oldest go.
            missing = [value for value in latter if value not in former and (not former or value > former[0])]
            if missing or (latter and not former):
                torn.append(f"serial {copy.serial}: {second.name} has {missing}, {first.name} has not")
        return torn


def compare_meanwhile(primary: Primary, history: History, comparison: Comparison, table: Table) -> None:
    pairs = Pairs(primary, history)
    complaints = pairs.run()
    table.add(
        f"{pairs.transfers} transfers during {pairs.published} updates and {pairs.reloads} reloads",
        history.latest(ZONE),
        {PRIMARY: complaints},
    )
    comparison.compare("… and after them", rises=None)
