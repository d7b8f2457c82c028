"""The changes of a primary, one after the other; each row of the table is the outcome of one at the secondaries."""

import itertools
import time

from Interop.processes import LabError, wait_until
from Interop.secondaries.comparing_copies import Comparison
from Interop.secondaries.primary import FILE_ZONE, ZONE, Holder, Primary
from Interop.secondaries.transfers import serial_at

# The lifetime, in seconds, of a value that is not one of the last two.
LIFETIME = 3600


class Changes:
    def __init__(self, primary: Primary, comparison: Comparison) -> None:
        self._primary, self._comparison = primary, comparison
        self._values = (f"{number:043d}" for number in itertools.count(1))

    def run(self) -> None:
        compare = self._comparison.compare
        compare("the first copy")
        compare("the first copy of a zone file", FILE_ZONE)
        self._change_delegates()
        self._change_configuration()
        self._change_zone_file()
        self._change_kind()
        self._restart()
        self._kill()
        self._let_values_expire()
        self._restore()

    # MARK: Delegates

    def _change_delegates(self) -> None:
        primary, compare = self._primary, self._comparison.compare
        web = primary.create_delegate("web1")
        compare("a delegate is created")
        primary.publish(web, next(self._values))
        compare("a value is published")
        primary.publish(primary.register(), next(self._values))
        compare("another delegate registers and publishes")
        self._publish(web, 70)
        compare("70 values are published at one delegate, which keeps 64")
        primary.disable_delegate("web1")
        compare("a delegate is disabled")
        primary.delete_delegate("web1")
        compare("a delegate is deleted")

    def _publish(self, holder: Holder, count: int) -> list[str]:
        values = list(itertools.islice(self._values, count))
        for value in values:
            self._primary.publish(holder, value)
        return values

    # MARK: The configuration

    def _change_configuration(self) -> None:
        primary, compare = self._primary, self._comparison.compare
        settings = primary.settings
        settings.records["www.d.example.net."] = "A 192.0.2.80"
        primary.reload()
        compare("reload with another record")
        settings.contact = "dns@example.net"
        primary.reload()
        compare("reload with another contact")
        settings.nameservers = ["ns1.d.example.net", "ns2.elsewhere.test"]
        primary.reload()
        compare("reload with another name server")
        settings.mail_records = False
        primary.reload()
        compare("reload without mail records")
        settings.negative_ttl = 3
        primary.reload()
        compare("reload with another negative TTL")
        del settings.records["www.d.example.net."]
        primary.reload()
        compare("reload with a record less")
        primary.reload()
        compare("reload with nothing changed", rises=False)

    def _change_zone_file(self) -> None:
        primary, compare = self._primary, self._comparison.compare
        for serial, note, what in [
            (7, "second", "a zone file with other content and its old serial"),
            (2026112901, "third", "… with a serial that is raised by far"),
            (12, "fourth", "… with a lower serial"),
            (2026112902, "fifth", "… with the very serial that the zone has"),
        ]:
            primary.write_zone_file(serial, note)
            primary.reload()
            compare(what, FILE_ZONE)
        primary.reload()
        compare("… with nothing changed", FILE_ZONE, rises=False)

    def _change_kind(self) -> None:
        """A file's zone goes, comes back, and becomes one whose SOA record is made."""
        primary, compare = self._primary, self._comparison.compare
        settings = primary.settings
        name = FILE_ZONE.rstrip(".")
        file = settings.zone_files.pop(name)
        primary.reload()
        settings.zone_files[name] = file
        primary.write_zone_file(11, "again")
        primary.reload()
        compare("the zone of a file goes, and comes again with other content", FILE_ZONE)
        del settings.zone_files[name]
        settings.zones.append(name)
        primary.reload()
        compare("… is none of a file any more", FILE_ZONE)
        self._publish(primary.create_delegate("web3." + name), 1)
        compare("… has a delegate with a value", FILE_ZONE)
        primary.delete_delegate("web3." + name)
        settings.zones.remove(name)
        settings.zone_files[name] = file
        primary.reload()
        compare("… is that of the file again, without the delegate", FILE_ZONE)

    # MARK: Starts

    def _restart(self) -> None:
        primary, compare = self._primary, self._comparison.compare
        primary.stop()
        primary.settings.records["www.d.example.net."] = "A 192.0.2.81"
        primary.write_zone_file(13, "sixth")
        primary.start()
        compare("restart with another record")
        compare("… and with another zone file", FILE_ZONE)
        for what in ("restart with nothing changed", "once more"):
            primary.stop()
            primary.start()
            compare(what, rises=False)
            compare("… the zone file", FILE_ZONE, rises=False)
        primary.reload()
        primary.stop()
        primary.start()
        compare("restart after a reload, both with nothing changed", rises=False)

    def _kill(self) -> None:
        primary, comparison = self._primary, self._comparison
        primary.settings.records["www.d.example.net."] = "A 192.0.2.82"
        primary.write_zone_file(14, "seventh")
        primary.reload()
        comparison.look()
        comparison.look(FILE_ZONE)
        primary.kill()
        primary.start()
        comparison.compare("kill -9 after a reload with another record", rises=False, is_fetched=True)
        comparison.compare("… and with another zone file", FILE_ZONE, rises=False, is_fetched=True)

        before = serial_at(primary.port, ZONE)
        primary.settings.records["www.d.example.net."] = "A 192.0.2.83"
        primary.hang_up()
        wait_until(lambda: serial_at(primary.port, ZONE) != before, 5, "the new configuration holds")
        comparison.look()
        primary.kill()
        primary.start()
        comparison.compare("kill -9 at once when the serial rose by SIGHUP", rises=False, is_fetched=True)

    # MARK: Ages

    def _let_values_expire(self) -> None:
        primary, comparison = self._primary, self._comparison
        aging, later = primary.create_delegate("aging"), primary.create_delegate("later")
        published = time.monotonic()
        values = self._publish(aging, 3)
        self._publish(later, 3)
        comparison.compare("three values at each of two delegates")
        primary.stop()
        # The oldest value has some seconds left.
        primary.let_time_pass(LIFETIME - 4 - int(time.monotonic() - published))
        primary.start()
        wait_until(lambda: comparison.look().texts()[aging.name] == values[1:], 10, "the oldest value has expired")
        comparison.compare("the oldest value expires", rises=None)

        self._publish(later, 1)
        comparison.compare("one more value where the former ones are old")
        values = self._publish(aging, 3)
        comparison.compare("three more values")
        primary.stop()
        primary.let_time_pass(2 * LIFETIME)
        primary.start()
        wait_until(lambda: comparison.look().texts()[aging.name] == values[1:], 10, "the oldest value has expired")
        comparison.compare("a value expires while no server runs", rises=None)
        primary.stop()
        primary.start()
        comparison.compare("restart with nothing changed after that", rises=False)

        values = self._publish(aging, 3)
        comparison.compare("three more values")
        primary.stop()
        primary.let_time_pass(2 * LIFETIME)
        primary.start()
        wait_until(lambda: comparison.look().texts()[aging.name] == values[1:], 10, "the oldest value has expired")
        comparison.compare("a value expires while no server runs, by a clock that is wrong", rises=None)
        primary.stop()
        primary.let_time_pass(-2 * LIFETIME)
        primary.start()
        comparison.compare("with the right clock it does not come back", rises=False)

    # MARK: Backups

    def _restore(self) -> None:
        primary, compare = self._primary, self._comparison.compare
        kept = primary.create_delegate("kept")
        self._publish(kept, 1)
        backup = primary.back_up()
        self._publish(kept, 2)
        self._publish(primary.create_delegate("lost"), 1)
        primary.settings.records["www.d.example.net."] = "A 192.0.2.84"
        primary.write_zone_file(15, "eighth")
        primary.reload()
        compare("changes after a backup")
        compare("… the zone file", FILE_ZONE)
        primary.stop()
        primary.restore(backup)
        primary.start()
        compare("restore --replace")
        compare("… the zone file", FILE_ZONE, rises=None)

    def create_below_a_zone_file(self) -> None:
        try:
            self._primary.create_delegate("web2." + FILE_ZONE.rstrip("."))
        except LabError:
            self._comparison.compare("a delegate in the zone of a file is refused", FILE_ZONE, rises=False)
        else:
            raise LabError("a delegate was created in the zone of a file")
