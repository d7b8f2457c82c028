"""Pebble, an ACME server for tests that validates for real."""

import http.client
import json
import signal
import ssl
from collections.abc import Mapping

from Interop.processes import Prepared, Processes, free_port

# A client of Pebble must trust this file. Debian's package has no certificate for it.
TRUST = "pebble-trust.pem"


class CertificateAuthority:
    """`resolver` is an address with a port.

    `port` is that of the ACME API, any free one by default; `settings` and `environment` are further ones of Pebble's.
    """

    def __init__(
        self,
        processes: Processes,
        resolver: str,
        *,
        port: int | None = None,
        settings: Mapping[str, object] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._processes = processes
        self._resolver = resolver
        self._given_port = port
        self._settings = settings or {}
        self._environment_settings = environment or {}
        if not (processes.directory / TRUST).exists():
            make_trust(processes)
        self._trust = ssl.create_default_context(cafile=processes.directory / TRUST)
        # Pebble does not catch SIGTERM.
        self.process = processes.start_server("pebble", self._prepare, self._is_ready, status_when_ended=-signal.SIGTERM)

    @property
    def directory_url(self) -> str:
        return f"https://127.0.0.1:{self._port}/dir"

    @property
    def root_url(self) -> str:
        """The URL of this run's root; Pebble makes a new one at each start."""
        return f"https://127.0.0.1:{self._management_port}/roots/0"

    def _prepare(self) -> Prepared:
        self._port, self._management_port = self._given_port or free_port(), free_port()
        configuration = {
            "listenAddress": f"127.0.0.1:{self._port}",
            "managementListenAddress": f"127.0.0.1:{self._management_port}",
            "certificate": "pebble.pem",
            "privateKey": "pebble.key",
            # The ports that Pebble would connect to for http-01 and tls-alpn-01, which no client here asks for.
            "httpPort": 1,
            "tlsPort": 1,
            **self._settings,
        }
        file = self._processes.directory / "pebble.json"
        file.write_text(json.dumps({"pebble": configuration}, indent=2) + "\n")
        command = ["pebble", "-config", "pebble.json", "-dnsserver", self._resolver]
        # By default Pebble waits up to 15 s before each validation, and refuses one good nonce in twenty,
        # which dehydrated 0.7.0 does not survive.
        return command, {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", **self._environment_settings}

    def _is_ready(self) -> bool:
        # Its log says "listening" before it listens. The certificate shows that it is this Pebble.
        return self._answers(self._port, "/dir") and self._answers(self._management_port, "/roots/0")

    def _answers(self, port: int, path: str) -> bool:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=self._trust)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def make_trust(processes: Processes) -> None:
    """Makes the certificate of Pebble's own server, and the root that clients of it trust."""
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2"]
    # Not announced: this belongs to the lab, not to what it shows.
    processes.run(
        [
            "openssl",
            "req",
            "-x509",
            *new_key,
            "-keyout",
            "pebble-trust.key",
            "-out",
            TRUST,
            "-subj",
            "/CN=Trust of the lab",
            "-addext",
            "keyUsage=critical,keyCertSign",
        ],
        announced=False,
    )
    processes.run(
        [
            "openssl",
            "req",
            "-x509",
            *new_key,
            "-keyout",
            "pebble.key",
            "-out",
            "pebble.pem",
            "-CA",
            TRUST,
            "-CAkey",
            "pebble-trust.key",
            "-subj",
            "/CN=localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
        ],
        announced=False,
    )
