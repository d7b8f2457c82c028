"""Every name and address of the small internet.

The addresses are those that RFC 5737 and RFC 3849 reserve for documentation. They are put on the loopback device of a
network namespace that has no other device, so nothing can leave it.

Only IPv4 addresses are written here. Each has an IPv6 address that ends in the same four octets.
"""

import ipaddress
from pathlib import Path

ROOT_SERVER = "a.root-servers"  # a name in the root zone itself, so that it needs no zone of its own

ZONE = "delegates.example.net"  # the zone under test
PARENT = "example.net"
INSECURE = f"insecure.{ZONE}"  # an unsigned zone below it
CUSTOMER = "example.com"  # whose _acme-challenge is a CNAME to a delegate

ROOT_ADDRESS = "192.0.2.1"
TLD_ADDRESS = "192.0.2.2"  # net and com
PARENT_ADDRESS = "192.0.2.3"
CUSTOMER_ADDRESS = "192.0.2.4"
INSECURE_ADDRESS = "192.0.2.5"
MAIL_ADDRESS = "192.0.2.25"  # nothing listens there: it makes the contact's mail domain plausible

# The server under test has two names and addresses, as registries and Zonemaster want.
ZONE_ADDRESSES = {f"ns1.{ZONE}": "198.51.100.1", f"ns2.{ZONE}": "198.51.100.2"}

# In one of the judges: between the server under test and its client.
PROXY_ADDRESS = "198.51.100.3"

API = "127.0.0.1:8080"  # nuncio's API

# Each resolver has a host number here, in the order in which resolvers.py lists them.
RESOLVER_NETWORK = "203.0.113"


# The kernel or its loopback may have no IPv6; then everything is IPv4.
_disabled = Path("/proc/sys/net/ipv6/conf/lo/disable_ipv6")
HAS_IPV6 = _disabled.exists() and _disabled.read_text().strip() == "0"


def over_ipv6(address: str) -> str:
    return str(ipaddress.IPv6Address("2001:db8::") + int(ipaddress.IPv4Address(address)))


def both(address: str) -> list[str]:
    """The address, and its IPv6 twin if there is IPv6."""
    return [address, over_ipv6(address)] if HAS_IPV6 else [address]


def address_records(name: str, address: str, ttl: int) -> list[str]:
    """The A and AAAA records."""
    return [f"{name}. {ttl} IN {'AAAA' if ':' in one else 'A'} {one}" for one in both(address)]


def zone_addresses() -> list[str]:
    """The addresses at which the server under test listens."""
    return [one for address in ZONE_ADDRESSES.values() for one in both(address)]


def resolver_address(host: int) -> str:
    return f"{RESOLVER_NETWORK}.{host}"


def with_port(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def all_addresses(resolvers: int) -> list[str]:
    """Every address that must be on the loopback device, besides those of 127.0.0.0/8."""
    return [
        one
        for address in (
            ROOT_ADDRESS,
            TLD_ADDRESS,
            PARENT_ADDRESS,
            CUSTOMER_ADDRESS,
            INSECURE_ADDRESS,
            MAIL_ADDRESS,
            *ZONE_ADDRESSES.values(),
            PROXY_ADDRESS,
            *(resolver_address(host) for host in range(1, resolvers + 1)),
        )
        for one in both(address)
    ]
