"""The outcome of each change of the primary at each secondary, and its table."""

from Interop.processes import LabError, wait_until
from Interop.secondaries.primary import ZONE, Primary
from Interop.secondaries.secondaries import ALL, Secondary
from Interop.secondaries.transfers import Copy, History, is_newer, serial_at, transfer

PRIMARY = "Nuncio"
COLUMNS = [PRIMARY, *(kind.name for kind in ALL)]
WIDTH = 62


class Table:
    """A line for each change, printed when it is known; each cell counts as one case."""

    def __init__(self) -> None:
        self.passed = self.failed = 0

    def print_head(self) -> None:
        print(f"{'change':{WIDTH}} {'serial':>10}  " + "  ".join(f"{column:6}" for column in COLUMNS).rstrip(), flush=True)

    def add(self, what: str, serial: int | None, cells: dict[str, list[str]]) -> None:
        """`cells` has the complaints by column; a column that is not in it was not compared."""
        words = [self._word(cells, column) for column in COLUMNS]
        print(
            f"{what:{WIDTH}} {serial if serial is not None else '–':>10}  " + "  ".join(f"{word:6}" for word in words).rstrip(),
            flush=True,
        )
        for column, complaints in cells.items():
            self.failed += bool(complaints)
            self.passed += not complaints
            for complaint in complaints:
                print(f"    {column}: {complaint}", flush=True)

    @staticmethod
    def _word(cells: dict[str, list[str]], column: str) -> str:
        return "–" if column not in cells else "FAILED" if cells[column] else "ok"


class Comparison:
    """Compares the secondaries with the primary after each change."""

    def __init__(self, table: Table, history: History, primary: Primary, secondaries: list[Secondary]) -> None:
        self._table, self._history, self._primary, self._secondaries = table, history, primary, secondaries
        self._wrong: list[str] = []
        # The last serial seen of each zone.
        self._serials: dict[str, int] = {}

    def look(self, zone: str = ZONE) -> Copy:
        """The zone as the primary gives it now. The next row tells what it contradicts."""
        copy = transfer(self._primary.port, zone)
        self._wrong += self._history.note(zone, copy)
        self._serials[zone] = copy.serial
        return copy

    def compare(self, what: str, zone: str = ZONE, *, rises: bool | None = True, is_fetched: bool = False) -> None:
        """Adds a row to the table: lets each secondary look for something new, waits until it has the primary's serial, and
        compares the whole zone.

        `rises`: whether the primary's serial must be newer than the last one seen of this zone. If not, it must be the same;
        `None` allows both. `is_fetched`: whether secondaries still have to fetch the zone although the serial does not rise.
        """
        before = self._serials.get(zone)
        wanted = self.look(zone)
        wrong, self._wrong = self._wrong, []
        if rises and before is not None and not is_newer(wanted.serial, before):
            wrong.append(f"the serial of {zone} is {wanted.serial}, and was {before} before the change")
        if rises is False and wanted.serial != before:
            wrong.append(f"the serial of {zone} is {wanted.serial}, and was {before} before, though nothing changed")
        if (by_udp := serial_at(self._primary.port, zone)) != wanted.serial:
            wrong.append(f"the serial is {wanted.serial} in a transfer and {by_udp} by UDP")
        self._table.add(what, wanted.serial, {PRIMARY: wrong} | self._refresh(zone, wanted, rises is False and not is_fetched))

    def _refresh(self, zone: str, wanted: Copy, is_quiet: bool) -> dict[str, list[str]]:
        fetched = {secondary: secondary.transfer_count() for secondary in self._secondaries}
        for secondary in self._secondaries:
            secondary.refresh(zone)
        cells = {}
        for secondary in self._secondaries:
            cells[secondary.name] = self._differences(secondary, zone, wanted)
            if is_quiet and not cells[secondary.name]:
                secondary.await_look(zone)
                if secondary.transfer_count() != fetched[secondary]:
                    cells[secondary.name].append("it fetched the zone again")
        return cells

    def _differences(self, secondary: Secondary, zone: str, wanted: Copy) -> list[str]:
        try:
            wait_until(lambda: secondary.serial(zone) == wanted.serial, 2, f"it has serial {wanted.serial}")
        except LabError as error:
            return [f"{error}; it has {secondary.serial(zone)}"]
        return transfer(secondary.port, zone).differences(wanted)
