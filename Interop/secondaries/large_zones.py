"""Zones with much content: those of the scenarios, and one that takes many messages."""

from pathlib import Path

from Interop.places import INTEROP
from Interop.secondaries.comparing_copies import Comparison
from Interop.secondaries.primary import Primary

SCENARIOS = INTEROP / "scenarios" / "zones"
LARGE = "large.test."
NAMES = 400

HEAD = """\
$TTL 300
@ IN SOA ns1.d.example.net. hostmaster.example.net. 1 3600 600 604800 60
@ NS ns1.d.example.net.
"""


def write_zone_files(folder: Path) -> dict[str, Path]:
    """The files by the names of their zones."""
    files = {file.stem: file for file in SCENARIOS.glob("*.zone")}
    large = files[LARGE.rstrip(".")] = folder / "large.zone"
    # Each name has more than a message of 512 octets would hold.
    large.write_text(
        HEAD + "".join(f"n{number} TXT {' '.join([chr(34) + 'x' * 200 + chr(34)] * 3)} {number}\n" for number in range(NAMES))
    )
    return files


def compare_contents(primary: Primary, comparison: Comparison, names: list[str]) -> None:
    """Compares those zones, and then removes them from the primary."""
    for name in names:
        comparison.compare(f"the zone {name}", name + ".")
        del primary.settings.zone_files[name]
    primary.reload()
