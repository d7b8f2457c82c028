"""The shared parts of a run: its folder, its programs, its processors, and the end of everything that was started."""

import copy
import os
import sys
import time
from pathlib import Path
from typing import Protocol, Self

from Interop.bench.compiled_programs import Programs
from Interop.bench.delegates_and_queries import Content, QueryFiles
from Interop.processes import LabError


class Stoppable(Protocol):
    def stop(self) -> None: ...


class Workshop:
    def __init__(self, folder: Path, nuncio: Path, acme_dns: Path | None, seed: int, *, keep: bool = False) -> None:
        self.folder, self.nuncio, self.acme_dns, self.seed = folder, nuncio, acme_dns, seed
        self.keep = keep  # whether files stay that nobody needs any more
        self.programs = Programs(folder / "programs")
        self.started: list[Stoppable] = []
        self._queries = folder / "queries"
        self.accounts_folder = folder  # of acme-dns databases, which all programs read
        self._began = time.monotonic()
        self._contents: dict[int, Content] = {}
        processors = sorted(os.sched_getaffinity(0))
        if len(processors) < 2:
            raise LabError("Two processors are needed: one for the server, one for the load")
        self.server_processor, self.load_processor = processors[:2]

    def content(self, count: int) -> Content:
        if count not in self._contents:
            self._contents[count] = Content(count, self.seed)
        return self._contents[count]

    def queries(self, count: int) -> QueryFiles:
        return QueryFiles(self._queries, self.content(count))

    def with_program(self, name: str, nuncio: Path) -> Self:
        """The same workshop with another nuncio, which has a folder of its own in this one: a program may not be able to read
        the store of another."""
        other = copy.copy(self)  # shares contents, queries, and the list of what was started
        other.folder, other.nuncio = self.folder / name, nuncio
        other.folder.mkdir()
        return other

    def progress(self, what: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        print(f"[{minutes:2}:{seconds:02}] {what}", file=sys.stderr, flush=True)

    def stop(self) -> None:
        """Ends every server that still runs."""
        for contender in reversed(list(self.started)):
            contender.stop()
