"""The resolvers that the doctor is told to ask: a right one, one that remembers an older answer, and one that is not there."""

from Interop.doctor.cases import CUSTOMERS
from Interop.doctor.servers import SERVERS
from Interop.doctor.zones_above import ZonesAbove
from Interop.internet.addresses import resolver_address
from Interop.internet.resolvers import Place, start, unbound
from Interop.processes import Processes

# By the names of their place-holders in the table.
RESOLVERS = {
    "resolver": resolver_address(1),
    "older-resolver": resolver_address(2),
    "dead-resolver": resolver_address(3),
}
NOT_KEPT = f"""\
    local-zone: "{CUSTOMERS}." nodefault
"""
# What it asks has an older copy of that domain's zone, as a cache has until the TTL has passed.
OLDER = f"""\
{NOT_KEPT}stub-zone:
    name: "propagation-resolver.{CUSTOMERS}"
    stub-addr: {SERVERS["nsd-3"].addresses[0]}
"""


def start_resolvers(processes: Processes, above: ZonesAbove) -> None:
    """Starts them without waiting until they answer."""
    for name, more in (("resolver", NOT_KEPT), ("older-resolver", OLDER)):
        folder = processes.directory / name
        folder.mkdir()
        place = Place(folder, RESOLVERS[name], above)
        start(processes, name, unbound(more)(place))
