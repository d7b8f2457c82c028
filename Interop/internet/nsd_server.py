"""NSD, which serves all zones but the one under test, and that one too if NSD is the peer."""

from pathlib import Path

from Interop.internet.tls_certificate import Tls
from Interop.peer_configurations import nsd_configuration
from Interop.processes import Processes, ServerProcess

# As an operator would: clients do not learn what runs here.
ANONYMOUS = """\
    hide-version: yes
    hide-identity: yes
"""
TLS = """\
    tls-service-key: "{tls.key}"
    tls-service-pem: "{tls.certificate}"
    tls-port: {tls.port}
"""


def start_nsd(
    processes: Processes, name: str, addresses: list[str], zones: dict[str, Path], tls: Tls | None = None
) -> ServerProcess:
    """Starts an NSD without waiting until it answers."""
    folder = processes.directory / name
    folder.mkdir()
    file = folder / "nsd.conf"
    listen = [f"{address}@{port}" for address in addresses for port in ([53, tls.port] if tls else [53])]
    server = ANONYMOUS + (TLS.format(tls=tls) if tls else "")
    file.write_text(nsd_configuration(folder, listen, {f"{zone}.": path for zone, path in zones.items()}, server=server))
    return processes.start_server(name, lambda: (["nsd", "-d", "-c", str(file)], None), lambda: True)
