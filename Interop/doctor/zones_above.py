"""The root and the two zones below it, which delegate all others."""

from Interop.doctor.cases import CUSTOMERS, DELEGATES
from Interop.doctor.zones import Builder, absolute, absolute_data
from Interop.internet.addresses import ROOT_ADDRESS, ROOT_SERVER, TLD_ADDRESS, address_records, both
from Interop.internet.nsd_server import start_nsd
from Interop.internet.parent_zones import TLD_SERVER, SignedZone, start_of
from Interop.processes import Processes


class ZonesAbove:
    """The root and the two zones below it, signed, each level served by its own NSD, so that none answers for its children."""

    def __init__(self, processes: Processes, builder: Builder, more: list[str]) -> None:
        """`more` are lines for the zone above the delegates'."""
        folder = processes.directory / "above"
        folder.mkdir()
        tlds = [
            SignedZone(
                processes,
                folder,
                tld,
                [
                    *start_of(tld, TLD_SERVER),
                    *(
                        f"{absolute(record.name, zone.apex)} 300 IN {record.type} {absolute_data(record, zone.apex)}"
                        for zone in zones
                        for record in zone.above
                    ),
                    *lines,
                ],
            )
            for tld, zones, lines in ((CUSTOMERS, builder.customers, []), (DELEGATES, builder.targets, more))
        ]
        self.root = SignedZone(
            processes,
            folder,
            "",
            [
                *start_of("", ROOT_SERVER),
                *address_records(ROOT_SERVER, ROOT_ADDRESS, 300),
                *address_records(TLD_SERVER, TLD_ADDRESS, 300),
                *(line for tld in tlds for line in (f"{tld.name}. 300 IN NS {TLD_SERVER}.", tld.ds)),
            ],
        )
        self.hints = folder / "root.hints"
        self.hints.write_text(
            "".join(
                line + "\n"
                for line in (f". 3600000 IN NS {ROOT_SERVER}.", *address_records(ROOT_SERVER, ROOT_ADDRESS, 3600000))
            )
        )
        start_nsd(processes, "nsd-root", both(ROOT_ADDRESS), {"": self.root.file})
        start_nsd(processes, "nsd-tld", both(TLD_ADDRESS), {tld.name: tld.file for tld in tlds})
