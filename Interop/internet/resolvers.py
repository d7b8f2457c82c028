"""Independent resolvers with the lab's root and nothing of the real one: the name and the configuration of each."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from Interop.internet.addresses import HAS_IPV6, both, over_ipv6, resolver_address
from Interop.internet.parent_zones import ParentZones, SignedZone
from Interop.processes import Processes, ServerProcess

UNBOUND = """\
server:
    directory: "{folder}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    logfile: ""
    log-servfail: yes
    num-threads: 1
    interface: {address}
{outgoing}
    access-control: 0.0.0.0/0 allow
    root-hints: "{hints}"
    trust-anchor-file: "{key_file}"
{more}
remote-control:
    control-enable: no
"""

UNBOUND_STRICT = """\
    qname-minimisation: yes
    qname-minimisation-strict: yes
    use-caps-for-id: yes
    harden-below-nxdomain: yes
    harden-algo-downgrade: yes
    harden-referral-path: yes
"""

# Where there is IPv6, one resolver can ask over nothing else.
UNBOUND_WITHOUT_IPV4 = (
    """\
    do-not-query-address: 0.0.0.0/0
"""
    if HAS_IPV6
    else ""
)

# The configuration of Let's Encrypt's unboundtest. Unbound itself sets DO and CD when it validates.
UNBOUND_AUTHORITY = """\
    cache-max-ttl: 0
    cache-max-negative-ttl: 0
    qname-minimisation: no
    use-caps-for-id: yes
    harden-below-nxdomain: no
    harden-dnssec-stripped: yes
    edns-buffer-size: 1232
    max-udp-size: 1232
    val-sig-skew-min: 0
    val-sig-skew-max: 0
"""

BIND = """\
options {{
    directory "{folder}";
    pid-file none;
    session-keyfile none;
    listen-on {{ {address}; }};
    listen-on-v6 {{ none; }};
    query-source address {address};
{query_source_v6}
    recursion yes;
    allow-query {{ any; }};
    allow-recursion {{ any; }};
    allow-query-cache {{ any; }};
    dnssec-validation yes;
{more}
}};
controls {{ }};
zone "." {{ type hint; file "{hints}"; }};
trust-anchors {{ . static-ds {ds}; }};
"""

KNOT_RESOLVER = """\
net.ipv6 = {has_ipv6}
net.listen('{address}', 53, {{ kind = 'dns' }})
net.outgoing_v4('{address}')
{outgoing_v6}
cache.size = 10 * MB
log_level('notice')
modules.load('hints')
hints.root_file('{hints}')
trust_anchors.remove('.')
trust_anchors.add('{key}')
"""

POWERDNS = """\
local-address={address}
query-local-address={addresses}
socket-dir={folder}
config-dir={folder}
hint-file={hints}
lua-config-file={folder}/anchors.lua
dnssec=validate
allow-from=0.0.0.0/0
# It refuses by default to ask servers at addresses that are kept for documentation.
dont-query=
security-poll-suffix=
threads=1
loglevel=4
disable-syslog=yes
write-pid=no
"""


class Above(Protocol):
    """The zones above those that are asked for."""

    @property
    def root(self) -> SignedZone: ...
    @property
    def hints(self) -> Path: ...


@dataclass
class Place:
    """The facts that a configuration needs."""

    folder: Path
    address: str
    zones: Above

    def fill(self, template: str, more: str = "") -> str:
        tag, algorithm, digest_type, digest = self.zones.root.ds.split("DS", 1)[1].split()
        return template.format(
            folder=self.folder,
            address=self.address,
            more=more,
            hints=self.zones.hints,
            has_ipv6=str(HAS_IPV6).lower(),
            addresses=", ".join(both(self.address)),
            outgoing="\n".join(f"    outgoing-interface: {address}" for address in both(self.address)),
            query_source_v6=f"    query-source-v6 address {over_ipv6(self.address)};" if HAS_IPV6 else "",
            outgoing_v6=f"net.outgoing_v6('{over_ipv6(self.address)}')" if HAS_IPV6 else "",
            key_file=self.zones.root.key_file,
            key=self.zones.root.key_file.read_text().split(";")[0].strip(),
            ds=f'{tag} {algorithm} {digest_type} "{digest}"',
        )

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return str(self.folder / name)


# Writes a configuration and returns the command that serves it.
Command = Callable[[Place], list[str]]


def unbound(more: str = "") -> Command:
    def command(place: Place) -> list[str]:
        return ["unbound", "-d", "-c", place.write("unbound.conf", place.fill(UNBOUND, more))]

    return command


def bind(more: str = "") -> Command:
    def command(place: Place) -> list[str]:
        family = [] if HAS_IPV6 else ["-4"]
        return ["named", "-g", *family, "-n", "1", "-c", place.write("named.conf", place.fill(BIND, more))]

    return command


def knot_resolver(place: Place) -> list[str]:
    return ["kresd", "-n", "-c", place.write("kresd.conf", place.fill(KNOT_RESOLVER)), str(place.folder)]


def powerdns_recursor(place: Place) -> list[str]:
    tag_to_digest = place.fill("{ds}").replace('"', "")
    place.write("anchors.lua", f"clearTA()\naddTA('.', \"{tag_to_digest}\")\n")
    place.write("recursor.conf", place.fill(POWERDNS))
    return ["pdns_recursor", f"--config-dir={place.folder}", "--daemon=no"]


CONFIGURATIONS: dict[str, Command] = {
    "unbound": unbound(),
    "unbound-strict": unbound(UNBOUND_STRICT + UNBOUND_WITHOUT_IPV4),
    "unbound-authority": unbound(UNBOUND_AUTHORITY),
    "bind": bind(),
    "bind-strict": bind("    qname-minimization strict;"),
    "knot-resolver": knot_resolver,
    "powerdns": powerdns_recursor,
}


@dataclass(frozen=True)
class Resolver:
    name: str
    address: str


def start(processes: Processes, name: str, command: list[str]) -> ServerProcess:
    """Starts a resolver without waiting until it answers."""
    return processes.start_server(name, lambda: (command, None), lambda: True)


def start_resolvers(processes: Processes, zones: ParentZones, names: Collection[str] = CONFIGURATIONS.keys()) -> list[Resolver]:
    """Starts those of these names without waiting until they answer."""
    started = []
    for host, (name, configure) in enumerate(CONFIGURATIONS.items(), start=1):
        if name not in names:
            continue
        folder = processes.directory / name
        folder.mkdir()
        resolver = Resolver(name, resolver_address(host))
        start(processes, name, configure(Place(folder, resolver.address, zones)))
        started.append(resolver)
    return started
