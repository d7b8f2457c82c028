"""The content of the servers that the scenarios ask."""

from pathlib import Path

from Interop.accounts import CHALLENGE_VALUE

SCENARIOS = Path(__file__).resolve().parent
FOLDER = SCENARIOS / "zones"
ZONE = "delegates.example.net"
# The challenge values of the delegate that has some.
VALUES = {"value1": CHALLENGE_VALUE, "value2": "0k8uEXv-1HhZSTXrJOSnIBJ7fo4PnPDVzxqM0iLTyVM"}


def zone_files() -> list[Path]:
    """The master files, which are named after their zones."""
    return sorted(FOLDER.glob("*.zone"))


def apex_records() -> list[str]:
    """The records that nuncio makes by itself, without the SOA."""
    return [
        f"{ZONE}. 3600 IN NS ns1.{ZONE}.",
        f"{ZONE}. 3600 IN NS ns2.elsewhere.test.",
        f"{ZONE}. 3600 IN MX 0 .",
        f'{ZONE}. 3600 IN TXT "v=spf1 -all"',
        f'_dmarc.{ZONE}. 3600 IN TXT "v=DMARC1; p=reject; sp=reject"',
    ]


def configured_records() -> list[str]:
    """The records in nuncio's configuration, and in the zone files of the others."""
    lines = (FOLDER / "delegates.records").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]
