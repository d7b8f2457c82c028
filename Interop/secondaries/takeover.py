"""Zones that secondaries have from another server: Nuncio in its place must show what makes them take its zone."""

from Interop.peer_configurations import nsd_configuration
from Interop.processes import Prepared, Processes, ServerProcess, free_port, wait_until
from Interop.secondaries.comparing_copies import Comparison, Table
from Interop.secondaries.primary import ZONE, Primary
from Interop.secondaries.secondaries import ALL, Secondary
from Interop.secondaries.transfers import POLL_WITHIN, History, serial_at

SERIAL = 2026112901
HIGHEST = (1 << 32) - 1

TO_EVERYBODY = "    provide-xfr: 127.0.0.0/8 NOKEY\n"
FORMER_ZONE = """\
$ORIGIN {zone}
$TTL 300
@ IN SOA ns1 hostmaster {serial} 3600 600 604800 60
@ NS ns1
ns1 A 127.0.0.1
former TXT "of the server before"
"""


def take_over(processes: Processes, program: str, table: Table) -> None:
    primary, secondaries = replace_former_server(processes, program, SERIAL, "takeover")
    primary.start()
    primary.publish(primary.create_delegate("web1"), "1" * 43)
    show_that_lower_is_not_taken(primary, secondaries, table)
    comparison = Comparison(table, History(), primary, secondaries)
    primary.settings.serials_above = [f"{ZONE.rstrip('.')}={SERIAL}"]
    primary.reload()
    comparison.compare(f"takeover, with serials-above {SERIAL}")
    primary.settings.serials_above = []
    primary.reload()
    comparison.compare("… without the setting again", rises=False)
    primary.publish(primary.create_delegate("web2"), "2" * 43)
    comparison.compare("… another value")
    primary.stop()
    primary.settings.serials_above = [f"{ZONE.rstrip('.')}={SERIAL}"]
    primary.start()
    comparison.compare("… restart with the setting, which the serial is above already", rises=False)


def take_over_at_the_end(processes: Processes, program: str, table: Table) -> None:
    """After the highest serial comes a lower number."""
    primary, secondaries = replace_former_server(processes, program, HIGHEST, "takeover-at-the-end")
    primary.settings.serials_above = [f"{ZONE.rstrip('.')}={HIGHEST}"]
    primary.start()
    comparison = Comparison(table, History(), primary, secondaries)
    comparison.compare(f"takeover, with serials-above {HIGHEST}")
    primary.publish(primary.create_delegate("web1"), "1" * 43)
    comparison.compare("… another value")


def replace_former_server(processes: Processes, program: str, serial: int, name: str) -> tuple[Primary, list[Secondary]]:
    """Nuncio, not yet started, at the port of an ended server from which the secondaries have the zone."""
    former, port = start_former_server(processes, serial, f"{name}-former")
    secondaries = [kind(processes, port, (ZONE,), f"-{name}") for kind in ALL]
    for secondary in secondaries:
        secondary.await_serial(ZONE, serial, f"{secondary.name} has the zone of the former server")
    processes.end(former)
    return Primary(processes, program, name, port), secondaries


def start_former_server(processes: Processes, serial: int, name: str) -> tuple[ServerProcess, int]:
    folder = processes.directory / name
    folder.mkdir()
    (folder / "former.zone").write_text(FORMER_ZONE.format(zone=ZONE, serial=serial))
    port = 0

    def prepare() -> Prepared:
        nonlocal port
        port = free_port()
        (folder / "nsd.conf").write_text(
            nsd_configuration(folder, [f"127.0.0.1@{port}"], {ZONE: "former.zone"}, zone=TO_EVERYBODY)
        )
        return ["nsd", "-d", "-c", str(folder / "nsd.conf")], None

    server = processes.start_server(name, prepare, lambda: serial_at(port, ZONE, POLL_WITHIN) == serial)
    return server, port


def show_that_lower_is_not_taken(primary: Primary, secondaries: list[Secondary], table: Table) -> None:
    """Without the setting Nuncio's serial is lower: each secondary looks, and keeps its copy."""
    cells = {}
    counts = [secondary.transfer_count() for secondary in secondaries]
    for secondary in secondaries:
        secondary.refresh(ZONE)
    for secondary, count in zip(secondaries, counts, strict=True):
        wait_until(secondary.found_too_low, 5, f"{secondary.name} has seen the lower serial")
        serial = secondary.serial(ZONE)
        cells[secondary.name] = (
            []
            if serial == SERIAL and secondary.transfer_count() == count
            else [f"it has serial {serial}: it took the lower one"]
        )
    table.add(f"takeover without it: {SERIAL} is kept", serial_at(primary.port, ZONE), cells)
