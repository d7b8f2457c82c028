"""A domain: what is different from the sound one, and what the doctor has to say of it."""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from Interop.processes import LabError

CHECKS = (
    "cname",
    "cname-everywhere",
    "delegation",
    "propagation",
    "caa",
    "caa-spelling",
    "caa-wildcard",
    "rfc8657",
    "dnssec",
    "other-ways",
    "mail-and-host",
    "asked",
)
STATUSES = ("ok", "info", "unknown", "warning", "error")

# The zone above the customers' (RFC 2606). Unbound keeps it for itself unless it is told otherwise, which the doctor does.
CUSTOMERS = "test"
DELEGATES = "lab"  # and above the delegates'
COMMON_TARGET = f"delegates.{DELEGATES}"  # the delegates' zone of all domains that need none of their own
LABEL = "7d3c61a5-1f1e-4e6a-9a5c-2a4b7b1f6c01"
ACCOUNT = "https://acme-v02.api.letsencrypt.org/acme/acct/1001"
OPTIONS = "--delegate {delegate} --account {account}"


def account_label(account: str) -> str:
    """The label of dns-account-01 (draft-ietf-acme-dns-account-label)."""
    return "_" + base64.b32encode(hashlib.sha256(account.encode()).digest()[:10]).decode().lower()


@dataclass(frozen=True)
class Record:
    """A line of a zone file; a name without a final dot is below the zone's apex, and `@` is the apex."""

    name: str
    type: str
    data: str

    def __str__(self) -> str:
        return f"{self.name} {self.type} {self.data}"


@dataclass(frozen=True)
class Change:
    """Records that go, or a record that comes. `*` for a type or for data means all of them."""

    is_removal: bool
    record: Record

    def applied(self, records: list[Record]) -> list[Record]:
        if not self.is_removal:
            return [*records, self.record]
        kept = [record for record in records if not self._fits(record)]
        if len(kept) == len(records):
            raise LabError(f"there is no record “{self.record}” to remove")
        return kept

    def _fits(self, record: Record) -> bool:
        mine = self.record
        return mine.name == record.name and mine.type in ("*", record.type) and mine.data in ("*", record.data)


@dataclass
class ZonePlan:
    """What is different from a sound zone."""

    changes: list[Change] = field(default_factory=list)
    # In the zone above: its NS, DS and glue records for this zone.
    above: list[Change] = field(default_factory=list)
    # After signing, so that signatures are wrong.
    afterwards: list[Change] = field(default_factory=list)
    # Zones of their own below this one, by their names, with the same servers.
    below: dict[str, list[Change]] = field(default_factory=dict)
    # At one server alone, by its name.
    at: dict[str, list[Change]] = field(default_factory=dict)
    servers: tuple[str, ...] = ("nsd-1", "nsd-2")
    # “no”, or when the signatures end, in days from now; with “nsec3” in front, denial is hashed.
    signed: str = "30"


@dataclass
class Expectation:
    status: str
    # What the summary has to say besides.
    words: str = ""


@dataclass
class Case:
    name: str
    title: str
    zone: ZonePlan = field(default_factory=ZonePlan)
    target: ZonePlan = field(default_factory=ZonePlan)
    # The examined domain; `{zone}` for the apex of the customer's zone.
    domain: str = "{zone}"
    options: str = OPTIONS
    # Further arguments.
    more_options: str = ""
    # The running server that is asked, too; empty for none.
    with_server: str = ""
    label: str = LABEL
    # Whether it has a delegates' zone of its own even if that is as the common one.
    has_own_target: bool = False
    # Whether it makes no sense on a machine whose loopback has IPv4 alone.
    needs_ipv6: bool = False
    expected: dict[str, Expectation] = field(default_factory=dict)
    # Lines that must be in the remedies, each with its check.
    remedies: list[tuple[str, str]] = field(default_factory=list)
    # Whether another account of the authority can obtain a certificate: the second lock is open.
    is_open: bool = False

    @property
    def apex(self) -> str:
        return f"{self.name}.{CUSTOMERS}"

    @property
    def needs_target(self) -> bool:
        return self.has_own_target or self.target != ZonePlan()

    @property
    def target_apex(self) -> str:
        return f"{self.name}.{DELEGATES}" if self.needs_target else COMMON_TARGET

    def fill(self, text: str, names: dict[str, str]) -> str:
        """Puts names where their place-holders are."""
        own = {
            "zone": self.apex,
            "delegates": self.target_apex,
            "delegate": f"{self.label}.{self.target_apex}",
            "label": self.label,
            "account": ACCOUNT,
            "account-label": account_label(ACCOUNT),
            "long": "x" * 240,
        }
        return re.sub(r"\{([a-z-]+)\}", lambda match: (names | own).get(match[1], match[0]), text)

    def status(self, check: str) -> str:
        return self.expected[check].status if check in self.expected else "ok"

    @property
    def exit_code(self) -> int:
        statuses = {self.status(check) for check in CHECKS}
        return 2 if "error" in statuses else 1 if statuses & {"warning", "unknown"} else 0


def changed(records: list[Record], changes: Iterable[Change]) -> list[Record]:
    for change in changes:
        records = change.applied(records)
    return records
