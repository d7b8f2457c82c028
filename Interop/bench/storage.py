"""The seconds of the commands that read or write a whole storage: the import from acme-dns, a search, and a backup."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from Interop.bench.contenders import Nuncio
from Interop.bench.results import Goal, Results, Table, median
from Interop.bench.stores import make_acme_dns
from Interop.bench.workshop import Workshop
from Interop.processes import LabError

LARGE = 1_000_000
LIMITS = {"import": 50.0, "search": 0.5, "backup": 12.0}  # seconds, for LARGE
LONG_ROUNDS = 3  # the most rounds of what takes minutes
COMMAND_WITHIN = 600  # seconds, on a quiet machine
SEARCHED_CHARACTERS = 5  # of a label: about ten delegates of a million have them


@dataclass
class Seconds:
    """The time from the start of each command to its end."""

    import_: float
    search: float
    backup: float

    def of(self, command: str) -> float:
        return {"import": self.import_, "search": self.search, "backup": self.backup}[command]


class Storage:
    def __init__(self, workshop: Workshop, results: Results, count: int, rounds: int) -> None:
        self._workshop, self._results, self._count = workshop, results, count
        self._rounds = min(rounds, LONG_ROUNDS)

    def run(self) -> None:
        found = []
        for round_ in range(1, self._rounds + 1):
            self._workshop.progress(f"import, search and backup of {self._count:,} accounts, round {round_} of {self._rounds}")
            found.append(commands(self._workshop, self._count, f"storage-{round_}"))
        table = Table(
            f"Commands on a storage with {self._count:,} delegates, in s, {self._rounds} rounds",
            ["command", "median", "least", "most"],
            note="Import: of an acme-dns database into an empty storage. Search and backup: while the server runs.",
        )
        for command, limit in LIMITS.items():
            seconds = [one.of(command) for one in found]
            table.rows.append([command, *(f"{figure:.2f}" for figure in (median(seconds), min(seconds), max(seconds)))])
            if self._count >= LARGE:
                self._results.goals.append(Goal(f"{command} with {self._count:,} delegates, s", median(seconds), limit))
        self._results.tables.append(table)
        self._results.raw["storage"] = [asdict(one) for one in found]


def commands(workshop: Workshop, count: int, purpose: str) -> Seconds:
    """Imports all accounts into a new storage, starts the server with it, searches, and makes a backup."""
    content = workshop.content(count)
    accounts = workshop.accounts_folder / f"acme-dns-{count}.db"
    if not accounts.exists():
        workshop.progress(f"making an acme-dns database with {count:,} accounts")
        make_acme_dns(accounts, content)
    # Its first start makes the configuration and the empty tables.
    server = Nuncio(workshop, 0, purpose).start()
    server.processes.stop()
    os.sync()  # what was written before is not to be written meanwhile
    took, told = timed(lambda: server.run("import", "acme-dns", "--database", str(accounts), "--json", seconds=COMMAND_WITHIN))
    imported = json.loads(told)
    if imported["imported"] != count or imported["refused"] or imported["dropped_values"]:
        raise LabError(f"{server.program} imported {told}, of {count} accounts")
    server.start()
    text = content.labels[0][:SEARCHED_CHARACTERS]
    matches = sum(text in label for label in content.labels)
    search, told = timed(lambda: server.run("delegates", "list", "--search", text, "--json", seconds=COMMAND_WITHIN))
    if len(told.splitlines()) != matches:
        raise LabError(f"{server.program} found {len(told.splitlines())} delegates with “{text}”, not {matches}")
    backup, told = timed(lambda: server.run("backup", "backup.db", "--json", seconds=COMMAND_WITHIN))
    if json.loads(told)["delegates"] != count:
        raise LabError(f"{server.program} made a backup with {told}")
    server.discard()
    return Seconds(took, search, backup)


def timed(command: Callable[[], str]) -> tuple[float, str]:
    began = time.monotonic()
    output = command()
    return time.monotonic() - began, output
