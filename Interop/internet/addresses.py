"""Who is where: every name and address of the small internet.

The addresses are those that RFC 5737 keeps for documentation. They are put on the loopback device of a
network namespace that has no other device, so nothing can leave it.
"""

ROOT_SERVER = "a.root-servers"  # a name in the root zone itself, so that it needs no zone of its own

ZONE = "delegates.example.net"  # the zone under test
PARENT = "example.net"
CUSTOMER = "example.com"  # whose _acme-challenge is a CNAME to a delegate

ROOT_ADDRESS = "192.0.2.1"
TLD_ADDRESS = "192.0.2.2"  # net and com
PARENT_ADDRESS = "192.0.2.3"
CUSTOMER_ADDRESS = "192.0.2.4"
MAIL_ADDRESS = "192.0.2.25"  # nobody listens there: it makes the contact's mail domain plausible

# The server under test has two names and addresses, as registries and Zonemaster want.
ZONE_ADDRESSES = {f"ns1.{ZONE}": "198.51.100.1", f"ns2.{ZONE}": "198.51.100.2"}

API = "127.0.0.1:8080"  # nuncio's API

# Each resolver has a host number here, in the order in which resolvers.py lists them.
RESOLVER_NETWORK = "203.0.113"


def all_addresses(resolvers: int) -> list[str]:
    """Every address that must be on the loopback device, besides 127.0.0.1."""
    return [ROOT_ADDRESS, TLD_ADDRESS, PARENT_ADDRESS, CUSTOMER_ADDRESS, MAIL_ADDRESS,
            *ZONE_ADDRESSES.values(), *(f"{RESOLVER_NETWORK}.{host}" for host in range(1, resolvers + 1))]
