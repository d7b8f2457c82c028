"""The zones around the one under test: root, net, com, the parent's and the customer's, all signed, and one that is not.

.  ──▶  net  ──▶  example.net  ──▶  delegates.example.net (with a DS if it is signed)
   │                                └─▶  insecure.delegates.example.net, which is not signed
   └─▶  com  ──▶  example.com, where _acme-challenge is a CNAME to a delegate
"""

import ipaddress
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from Interop.internet.addresses import (
    CUSTOMER,
    CUSTOMER_ADDRESS,
    INSECURE,
    INSECURE_ADDRESS,
    MAIL_ADDRESS,
    PARENT,
    PARENT_ADDRESS,
    ROOT_ADDRESS,
    ROOT_SERVER,
    TLD_ADDRESS,
    ZONE,
    ZONE_ADDRESSES,
    address_records,
    both,
)
from Interop.internet.nsd_server import start_nsd
from Interop.processes import Processes, ServerProcess

TLD_SERVER = "a.tld-servers"  # in the root zone too
DAY = 86400  # seconds


def start_of(zone: str, server: str) -> list[str]:
    """The SOA and NS records at the start of each zone."""
    return [f"{zone}. 300 IN SOA {server}. hostmaster.{PARENT}. 1 3600 600 604800 60", f"{zone}. 300 IN NS {server}."]


def delegation_records(zone_ds: list[str]) -> list[str]:
    """The parent's records for the zone under test, with its two name servers."""
    return [
        *(f"{ZONE}. 300 IN NS {server}." for server in ZONE_ADDRESSES),
        *zone_ds,
        *(record for server, address in ZONE_ADDRESSES.items() for record in address_records(server, address, 300)),
    ]


def challenge_alias(target: str) -> str:
    """The customer's record for its delegate."""
    return f"_acme-challenge.{CUSTOMER}. 300 IN CNAME {target}."


class SignedZone:
    """A zone with one ECDSA P-256 key; `ds` is for its parent, `key_file` for a direct trust anchor."""

    def __init__(
        self,
        processes: Processes,
        folder: Path,
        name: str,
        lines: list[str],
        *,
        file: str | None = None,
        ends: float | None = None,
        same_key: Self | None = None,
        options: Sequence[str] = (),
    ) -> None:
        """`file` is the name of the files without their ends; `ends` when the signatures end, in four weeks by default.

        With `same_key` the key of that zone, which has the same name, signs this one, too. `options` are further ones of
        ldns-signzone.
        """
        origin = f"{name}."
        stem = file or name or "root"
        self.name = name
        self.file = folder / f"{stem}.signed"
        self.key_file: Path
        self.ds: str
        self._processes, self._lines = processes, list(lines)
        self._unsigned = folder / f"{stem}.zone"
        self._ends, self._options = ends, options
        if same_key:
            self.key_file, self.ds = same_key.key_file, same_key.ds
        else:
            base = processes.run(["ldns-keygen", "-a", "ECDSAP256SHA256", "-k", origin]).output.strip()
            self.key_file = processes.directory / f"{base}.key"
            self.ds = processes.run(["ldns-key2ds", "-n", "-2", str(self.key_file)]).output.strip()
        self._sign()

    def add(self, records: list[str]) -> None:
        """Its server has to read the file again."""
        self._lines += records
        self._sign()

    def _sign(self) -> None:
        self._unsigned.write_text("".join(line + "\n" for line in self._lines))
        # As of yesterday: dnsviz warns of signatures so young that a clock could still be before them.
        begins = time.time() - DAY
        times = []
        if self._ends is not None:
            begins = min(begins, self._ends - DAY)
            times = ["-e", _time(self._ends)]
        options = ["-i", _time(begins), *times, *self._options, "-o", f"{self.name}.", "-f", str(self.file)]
        self._processes.run(["ldns-signzone", *options, str(self._unsigned), str(self.key_file.with_suffix(""))])


def _time(seconds: float) -> str:
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(seconds))


class ParentZones:
    """All of them, each served by its own NSD, so that none answers for another's children.

    `delegation` are the parent's records for the zone under test, `challenge` the customer's for its delegate.
    """

    def __init__(self, processes: Processes, delegation: list[str], challenge: list[str]) -> None:
        self._processes = processes
        self._folder = processes.directory / "zones"
        self._folder.mkdir()

        self._parent = parent = self._sign(
            PARENT,
            [
                *start_of(PARENT, f"ns.{PARENT}"),
                *address_records(f"ns.{PARENT}", PARENT_ADDRESS, 300),
                f"{PARENT}. 300 IN MX 10 mail.{PARENT}.",
                *address_records(f"mail.{PARENT}", MAIL_ADDRESS, 300),
                *delegation,
            ],
        )
        self._customer = customer = self._sign(
            CUSTOMER,
            [
                *start_of(CUSTOMER, f"ns.{CUSTOMER}"),
                *address_records(f"ns.{CUSTOMER}", CUSTOMER_ADDRESS, 300),
                *challenge,
            ],
        )
        net, com = (
            self._sign(
                tld,
                [
                    *start_of(tld, TLD_SERVER),
                    f"{child.name}. 300 IN NS ns.{child.name}.",
                    *address_records(f"ns.{child.name}", address, 300),
                    child.ds,
                ],
            )
            for tld, child, address in (("net", parent, PARENT_ADDRESS), ("com", customer, CUSTOMER_ADDRESS))
        )
        self.root = self._sign(
            "",
            [
                *start_of("", ROOT_SERVER),
                *address_records(ROOT_SERVER, ROOT_ADDRESS, 300),
                *address_records(TLD_SERVER, TLD_ADDRESS, 300),
                *(f"{tld.name}. 300 IN NS {TLD_SERVER}." for tld in (net, com)),
                net.ds,
                com.ds,
                *(
                    f"{ipaddress.ip_address(one).reverse_pointer}. 300 IN PTR {server}."
                    for server, address in self._named_addresses()
                    for one in both(address)
                ),
            ],
        )

        self.hints = self._folder / "root.hints"
        self.hints.write_text(
            "".join(
                line + "\n"
                for line in (f". 3600000 IN NS {ROOT_SERVER}.", *address_records(ROOT_SERVER, ROOT_ADDRESS, 3600000))
            )
        )
        self._serve("root", ROOT_ADDRESS, self.root)
        self._serve("tld", TLD_ADDRESS, net, com)
        self._parent_server = self._serve("parent", PARENT_ADDRESS, parent)
        self._customer_server = self._serve("customer", CUSTOMER_ADDRESS, customer)
        self._serve_insecure()

    def add_to_parent(self, records: list[str]) -> None:
        self._parent.add(records)
        self._parent_server.send_signal(signal.SIGHUP)

    def add_to_customer(self, records: list[str]) -> None:
        self._customer.add(records)
        self._customer_server.send_signal(signal.SIGHUP)

    def _sign(self, name: str, lines: list[str]) -> SignedZone:
        return SignedZone(self._processes, self._folder, name, lines)

    def _serve(self, name: str, address: str, *zones: SignedZone) -> ServerProcess:
        return start_nsd(self._processes, f"nsd-{name}", both(address), {zone.name: zone.file for zone in zones})

    def _serve_insecure(self) -> None:
        file = self._folder / f"{INSECURE}.zone"
        file.write_text(
            "".join(
                line + "\n"
                for line in (
                    *start_of(INSECURE, f"ns.{INSECURE}"),
                    *address_records(f"ns.{INSECURE}", INSECURE_ADDRESS, 300),
                    f"www.{INSECURE}. 300 IN A 192.0.2.81",
                )
            )
        )
        start_nsd(self._processes, "nsd-insecure", both(INSECURE_ADDRESS), {INSECURE: file})

    @staticmethod
    def _named_addresses() -> Iterator[tuple[str, str]]:
        """Zonemaster warns of name servers whose address has no name."""
        yield from (
            (ROOT_SERVER, ROOT_ADDRESS),
            (TLD_SERVER, TLD_ADDRESS),
            (f"ns.{PARENT}", PARENT_ADDRESS),
            (f"ns.{CUSTOMER}", CUSTOMER_ADDRESS),
            (f"mail.{PARENT}", MAIL_ADDRESS),
        )
        yield from ZONE_ADDRESSES.items()
