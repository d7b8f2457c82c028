"""The content of the zone under test: delegates with their values, and further records that every server has."""

import secrets
import uuid
from dataclasses import dataclass

from Interop.accounts import Account
from Interop.internet.addresses import INSECURE, INSECURE_ADDRESS, ZONE, ZONE_ADDRESSES, address_records


def new_value() -> str:
    """43 characters, like the base64url digest of a key authorization (RFC 8555 section 8.4)."""
    return secrets.token_urlsafe(32)


@dataclass
class Delegate:
    """`values` are its values once they are published. A peer's delegate has no account."""

    label: str
    values: list[str]
    account: Account | None = None

    @property
    def name(self) -> str:
        return f"{self.label}.{ZONE}"


# More than 1232 octets, so that a resolver gets all of it over TCP only.
BIG_VALUES = [f"{number:02d}" + "x" * 198 for number in range(20)]

# Records in nuncio's configuration, and in a zone file for other servers. The host's parent "ent" has no record
# itself: an empty non-terminal.
CONFIGURED_RECORDS = [
    *(record for server, address in ZONE_ADDRESSES.items() for record in address_records(server, address, 3600)),
    f"host.ent.{ZONE}. 300 IN A 192.0.2.80",
    *(f'big.{ZONE}. 300 IN TXT "{value}"' for value in BIG_VALUES),
    f'*.wild.{ZONE}. 300 IN TXT "for whatever name"',
    f"alias.{ZONE}. 300 IN CNAME host.ent.{ZONE}.",
    f"{INSECURE}. 300 IN NS ns.{INSECURE}.",
    *address_records(f"ns.{INSECURE}", INSECURE_ADDRESS, 300),
]


def zone_file(delegates: list[Delegate]) -> str:
    """The zone as nuncio serves it, for servers that read files. Everything is published from the start."""
    return "".join(line + "\n" for line in zone_lines(delegates))


def zone_lines(delegates: list[Delegate]) -> list[str]:
    lines = [*made_records(ZONE, list(ZONE_ADDRESSES)), *CONFIGURED_RECORDS]
    for delegate in delegates:
        lines += [f'{delegate.name}. 3600 IN CAA 0 {tag} ";"' for tag in ("issue", "issuewild")]
        lines += [f'{delegate.name}. 1 IN TXT "{value}"' for value in delegate.values]
    return lines


def made_records(zone: str, servers: list[str]) -> list[str]:
    """The records that nuncio makes by itself in each of its zones."""
    return [
        f"{zone}. 1 IN SOA {servers[0]}. hostmaster.example.net. 1 3600 600 604800 1",
        *(f"{zone}. 3600 IN NS {server}." for server in servers),
        f"{zone}. 3600 IN MX 0 .",
        f'{zone}. 3600 IN TXT "v=spf1 -all"',
        f'_dmarc.{zone}. 3600 IN TXT "v=DMARC1; p=reject; sp=reject"',
    ]


def new_label() -> str:
    return str(uuid.uuid4())
