"""The programs in C, compiled for this run."""

import subprocess
from pathlib import Path

from Interop.processes import LabError

SOURCES = Path(__file__).resolve().parent / "programs"
COMPILE = ["cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"]


class Programs:
    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.echo = self._compiled(folder / "echo", ["echo.c"])
        self.ask = self._compiled(folder / "ask", ["ask.c", "ask_datagrams.c", "ask_connections.c"])
        self._folder = folder

    def main_queue(self) -> Path:
        """A library to be loaded before nuncio; it needs no header of libdispatch."""
        return self._compiled(self._folder / "main_queue.so", ["main_queue.c"], ["-shared", "-fPIC"])

    def _compiled(self, program: Path, sources: list[str], options: list[str] | None = None) -> Path:
        if not program.exists():
            command = [*COMPILE, *(options or []), "-o", str(program), *(str(SOURCES / name) for name in sources)]
            compiled = subprocess.run(command, capture_output=True, text=True, check=False)
            if compiled.returncode != 0:
                raise LabError(f"{sources[0]} does not compile\n{compiled.stderr}")
        return program
