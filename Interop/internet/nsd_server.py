"""NSD, which serves all zones but the one under test, and that one too if NSD is the peer."""

from pathlib import Path

from Interop.internet.tls_certificate import Tls
from Interop.processes import Processes

CONFIGURATION = """\
server:
    {addresses}
    port: 53
    server-count: 1
    username: ""
    zonesdir: "{folder}"
    database: ""
    zonelistfile: "{folder}/zone.list"
    xfrdfile: "{folder}/xfrd.state"
    xfrdir: "{folder}"
    pidfile: "{folder}/nsd.pid"
    # As an operator would: who asks does not learn what runs here.
    hide-version: yes
    hide-identity: yes
{tls}
remote-control:
    control-enable: no
"""

TLS = """\
    tls-service-key: "{tls.key}"
    tls-service-pem: "{tls.certificate}"
    tls-port: {tls.port}
"""

ZONE = """\
zone:
    name: "{name}."
    zonefile: "{file}"
"""


class Nsd:
    """Starts without waiting until it answers."""

    def __init__(self, processes: Processes, name: str, addresses: list[str], zones: dict[str, Path], tls: Tls | None = None):
        folder = processes.directory / name
        folder.mkdir()
        configuration = folder / "nsd.conf"
        configuration.write_text(
            CONFIGURATION.format(
                folder=folder, tls=TLS.format(tls=tls) if tls else "", addresses="\n    ".join(listening(addresses, tls))
            )
            + "".join(ZONE.format(name=zone, file=file) for zone, file in zones.items())
        )
        self.server = processes.start_server(name, lambda: (["nsd", "-d", "-c", str(configuration)], None), lambda: True)


def listening(addresses: list[str], tls: Tls | None) -> list[str]:
    ports = [53, tls.port] if tls else [53]
    return [f"ip-address: {address}@{port}" for address in addresses for port in ports]
