"""Unbound as a certificate authority runs it: it validates what nuncio signs, and serves the parent zone itself."""

import signal
from collections.abc import Sequence

from Interop.nuncio_server import NuncioServer
from Interop.processes import LabError, Prepared, Processes, free_port, wait_until

PARENT_ZONE = "example.test"

CONFIGURATION = """\
server:
    directory: "{directory}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    logfile: ""
    verbosity: 1
    log-servfail: yes
    num-threads: 1

    # Nothing comes from another machine and nothing leaves this one.
    interface: 127.0.0.1@{port}
{further_interfaces}
    outgoing-interface: 127.0.0.1
    do-ip6: no
    do-not-query-localhost: no

    # As strict as a certificate authority's resolver, and stricter.
    module-config: "validator iterator"
    qname-minimisation: yes
    qname-minimisation-strict: yes
    use-caps-for-id: yes
    harden-below-nxdomain: yes

    # The delegates' zone must be signed, and right by a clock that is right; what is not is SERVFAIL.
{trust_anchors}
    harden-dnssec-stripped: yes
    val-sig-skew-min: 0
    val-sig-skew-max: 0

    # Unbound answers NXDOMAIN for all of "test." by itself unless told otherwise.
    local-zone: "test." nodefault

# The root leads nowhere: nobody listens on port 1.
stub-zone:
    name: "."
    stub-addr: 127.0.0.1@1

# Answers are cached, negative ones too: a server that denies a name before the first challenge value,
# or lets the denial live long, fails here as it fails in the world.
{stub_zones}
# CNAMEs in local-data are not followed; those in a zone that answers upstream only are.
auth-zone:
    name: "{parent_zone}"
    zonefile: "{parent_zone}.zone"
    for-downstream: no
    for-upstream: yes
    fallback-enabled: no

remote-control:
    control-enable: no
"""

STUB_ZONE = """\
stub-zone:
    name: "{zone}"
    stub-addr: 127.0.0.1@{port}
"""


class ParentZone:
    """The zone of the person who wants certificates: a CNAME for each domain, and little else."""

    def __init__(self, processes: Processes) -> None:
        self.file_name = f"{PARENT_ZONE}.zone"
        self._file = processes.directory / self.file_name
        self._lines = [
            f"{PARENT_ZONE}. 300 IN SOA ns1.{PARENT_ZONE}. hostmaster.{PARENT_ZONE}. 1 3600 600 86400 5",
            f"{PARENT_ZONE}. 300 IN NS ns1.{PARENT_ZONE}.",
            f"ns1.{PARENT_ZONE}. 300 IN A 127.0.0.1",
        ]
        self._write()

    def add_cname(self, domain: str, target: str) -> None:
        self._lines.append(f"_acme-challenge.{domain}. 300 IN CNAME {target}.")
        self._write()

    def _write(self) -> None:
        self._file.write_text("".join(line + "\n" for line in self._lines))


class Resolver:
    """`port` is any free one by default; `further` are more addresses of loopback at which it answers, at port 53. It asks each
    of the servers about that server's zone."""

    def __init__(
        self, processes: Processes, *servers: NuncioServer, port: int | None = None, further: Sequence[str] = ()
    ) -> None:
        self._processes = processes
        self._servers = servers
        self._given_port = port
        self._further = further
        self._server = processes.start_server("unbound", self._prepare, self._is_ready)

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    def read_zones_again(self, domain: str) -> None:
        """Returns when the CNAME of `domain` is answered. Also empties the cache."""
        self._server.send_signal(signal.SIGHUP)
        wait_until(lambda: self._knows(domain), 10, f"Unbound knows the CNAME of {domain}")

    def query(self, name: str, record_type: str, *options: str) -> str:
        """The output of `dig` for one query; fails only if the server stays silent."""
        return self._processes.run(
            ["dig", "@127.0.0.1", "-p", str(self.port), name, record_type, "+timeout=3", "+tries=10", *options]
        ).output

    def _knows(self, domain: str) -> bool:
        try:
            return bool(self.query(f"_acme-challenge.{domain}", "CNAME", "+short").strip())
        except LabError:
            return False  # it is just reading its zones

    def _prepare(self) -> Prepared:
        self.port = self._given_port or free_port()
        (self._processes.directory / "unbound.conf").write_text(
            CONFIGURATION.format(
                directory=self._processes.directory,
                port=self.port,
                stub_zones="".join(STUB_ZONE.format(zone=server.zone, port=server.dns_port) for server in self._servers),
                parent_zone=PARENT_ZONE,
                further_interfaces="".join(f"    interface: {address}@53\n" for address in self._further),
                trust_anchors="\n".join(
                    f'    trust-anchor: "{line}"' for server in self._servers for line in server.delegation_signers()
                ),
            )
        )
        return ["unbound", "-d", "-p", "-c", "unbound.conf"], None

    def _is_ready(self) -> bool:
        return self._processes.has_logged("unbound", "start of service")
