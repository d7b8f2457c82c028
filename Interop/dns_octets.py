"""dnspython's values as octets."""

import dns.name
import dns.rdata


def octets_of(value: dns.name.Name | dns.rdata.Rdata) -> bytes:
    """The uncompressed form. `to_wire` returns `None` only if it writes to a file."""
    octets = value.to_wire()
    if octets is None:
        raise TypeError(f"{value} has no octets")
    return octets
