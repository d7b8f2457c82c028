"""Whether the server cookies of several programs are the same, octet for octet (RFC 9018)."""

import time
from collections.abc import Iterator

import dns.name
import dns.rdataclass
import dns.rdatatype

from Interop.patience import patiently
from Interop.processes import Processes
from Interop.scenarios.scenario import Edns, Scenario
from Interop.scenarios.scenario_messages import Response, query_octets
from Interop.scenarios.scenario_peers import PEERS, Bind
from Interop.scenarios.scenario_servers import Server
from Interop.scenarios.scenario_zones import ZONE

SECONDS = patiently(5)
CLIENT = bytes.fromhex("2464c4abcf10c957")


def compare_cookies(processes: Processes, nuncio: Server) -> Iterator[tuple[str, str | None]]:
    """Yields each peer's name and the difference, or `None`. All have the same secret and see the same client."""
    for peer_class in [*PEERS.values(), Bind]:
        peer = peer_class(processes)
        peer.start(kinds=["identified"])
        yield peer.name, what_is_different(nuncio, peer)


def what_is_different(nuncio: Server, peer: Server) -> str | None:
    """A cookie has the second in which it was made, so only cookies of the same second are compared."""
    ours: dict[bytes, bytes] = {}
    theirs: dict[bytes, bytes] = {}
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        for server, cookies in ((nuncio, ours), (peer, theirs)):
            octets = cookie(server)
            if len(octets) != 24:
                return f"{server.name} sent “{octets.hex()}”"
            cookies[octets[12:16]] = octets
        for second in ours.keys() & theirs.keys():
            return None if ours[second] == theirs[second] else f"{ours[second].hex()} is not {theirs[second].hex()}"
        time.sleep(0.05)
    return f"the two clocks had no second in common within {SECONDS} s"


def cookie(server: Server) -> bytes:
    question = dns.name.from_text(ZONE), dns.rdataclass.IN, dns.rdatatype.SOA
    scenario = Scenario("", "", questions=[question], edns=[Edns()], options=[(10, CLIENT)])
    octets = server.ask("identified", "udp", query_octets(scenario))
    return dict(Response(octets).options).get(10, b"") if octets else b""
