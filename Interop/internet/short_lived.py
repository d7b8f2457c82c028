"""A nuncio for one judge, with its own folder and loopback address; it ends with the judge."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from Interop.processes import Processes

CONFIGURATION = """\
zones: [{zones}]
nameservers: [{nameservers}]
contact: "hostmaster@example.net"
records:
{records}
zone-files: [{zone_files}]
nameserver:
  listen: ["{address}:53"]
webserver:
  listen: ["{address}:8080"]
dnssec:
  resolvers: []
  algorithm: "{algorithm}"
  keys: "{keys}"
metrics:
  listen: []
storage:
  sqlite:
    path: "{folder}/nuncio.db"
"""


@dataclass
class Content:
    zones: list[str]
    nameservers: list[str]
    records: list[str]
    zone_files: list[Path] = field(default_factory=list)
    algorithm: str = "ecdsap256sha256"
    keys: str = "csk"


class ShortLivedNuncio:
    """Use it in a `with` statement. Its limit on responses does not count for clients in loopback's own network."""

    def __init__(self, processes: Processes, program: str, name: str, address: str, content: Content) -> None:
        self.address = address
        self._processes = processes
        self._program = program
        self._name = name
        folder = processes.directory / name
        folder.mkdir()
        self._file = folder / "nuncio.yaml"
        self._file.write_text(
            CONFIGURATION.format(
                folder=folder,
                address=address,
                zones=quoted(content.zones),
                nameservers=quoted(content.nameservers),
                records="\n".join(f"  - '{record}'" for record in content.records),
                zone_files=quoted(content.zone_files),
                algorithm=content.algorithm,
                keys=content.keys,
            )
        )

    def __enter__(self) -> Self:
        self._server = self._processes.start_server(
            self._name, lambda: ([self._program, "serve", "--config", str(self._file)], None), self._is_ready
        )
        return self

    def __exit__(self, *reason: object) -> None:
        self._server.kill()
        self._server.wait()

    def dnssec_ds(self, *options: str) -> list[str]:
        """The lines that `nuncio dnssec ds` prints."""
        return self._processes.run([self._program, "dnssec", "ds", "--config", str(self._file), *options]).output.splitlines()

    def _is_ready(self) -> bool:
        return self._processes.has_logged(self._name, "] ready")


def quoted(values: Sequence[object]) -> str:
    return ", ".join(f'"{value}"' for value in values)
