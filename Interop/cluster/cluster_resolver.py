"""Unbound, which validates, and asks all nodes in turn without remembering what they said."""

from Interop.cluster.cluster_hosts import CLIENT, CLIENT_ADDRESS, NODES, ZONE
from Interop.cluster.placed_processes import PlacedProcess
from Interop.processes import Processes, wait_until

ADDRESS, NAME = "127.0.0.1", "unbound"

CONFIGURATION = """\
server:
    directory: "{directory}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    logfile: ""
    num-threads: 1
    interface: {address}
    outgoing-interface: {client}
    do-ip6: no
    do-not-query-localhost: no
    module-config: "validator iterator"
    ede: yes
    # A denial is never taken from what another question has brought.
    aggressive-nsec: no
    # A node that was silent is asked again soon.
    infra-host-ttl: 2
    infra-keep-probing: yes
    cache-max-ttl: 0
    cache-max-negative-ttl: 0
{trust_anchors}
stub-zone:
    name: "{zone}"
    stub-no-cache: yes
{servers}
remote-control:
    control-enable: no
"""


class ClusterResolver:
    def __init__(self, processes: Processes, trust_anchors: list[str]) -> None:
        """Without trust anchors the zone is taken for unsigned."""
        configuration = processes.directory / "unbound.conf"
        configuration.write_text(
            CONFIGURATION.format(
                directory=processes.directory,
                address=ADDRESS,
                client=CLIENT_ADDRESS,
                zone=ZONE,
                servers="".join(f"    stub-addr: {node}\n" for node in NODES.values()),
                trust_anchors="".join(f'    trust-anchor: "{line}"\n' for line in trust_anchors),
            )
        )
        process = PlacedProcess(CLIENT, ["unbound", "-d", "-p", "-c", str(configuration)], processes.log_of(NAME))
        wait_until(lambda: process.has_logged("start of service"), 10, "Unbound is ready")
