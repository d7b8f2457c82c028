"""The server with other settings than the lab's, and with its operator's API over TCP."""

import secrets
from pathlib import Path

from Interop.nuncio_server import NuncioServer
from Interop.processes import Prepared, Processes, free_port


class ConfiguredServer(NuncioServer):
    def __init__(self, processes: Processes, program: str, environment: dict[str, str] | None = None) -> None:
        self._environment = environment or {}
        self._token_file = processes.directory / "operator-token"
        if not self._token_file.exists():
            self._token_file.touch(mode=0o600)
            self._token_file.write_text(secrets.token_urlsafe(32))
        # No name server is there: a look at a domain ends soon, and leads nowhere.
        self._hints = processes.directory / "root.hints"
        self._hints.write_text(". 60 NS nobody.test.\nnobody.test. 60 A 127.83.9.9\n")
        super().__init__(processes, program)

    def _prepare(self) -> Prepared:
        command, _ = super()._prepare()
        self._operator_port = free_port()
        return command, self._environment | {
            "NUNCIO_OPERATOR_LISTEN": f"127.0.0.1:{self._operator_port}",
            "NUNCIO_OPERATOR_TOKEN_FILE": self._token_file.name,
            "NUNCIO_DOCTOR_PRIVATE_ADDRESSES": "true",
            "NUNCIO_DOCTOR_ROOT_HINTS": self._hints.name,
        }

    @property
    def operator_url(self) -> str:
        return f"http://127.0.0.1:{self._operator_port}"

    @property
    def operator_token(self) -> str:
        return self._token_file.read_text()

    @property
    def operator_socket(self) -> Path:
        return self._processes.directory / "nuncio.db.socket"
