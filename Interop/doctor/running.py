"""The running servers that the doctor asks besides the DNS, and delegates in every state."""

import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from Interop.accounts import Account, publish
from Interop.doctor.cases import DELEGATES
from Interop.doctor.servers import SERVERS
from Interop.internet.addresses import ZONE_ADDRESSES, both, resolver_address, with_port
from Interop.internet.zone_content import made_records, new_value
from Interop.processes import Processes

CONFIGURATION = """\
zones: [{zones}]
nameservers: [{servers}]
contact: "hostmaster@example.net"
records:
{records}
nameserver:
  listen: [{addresses}]
webserver:
  listen: ["{api}"]
{certificate}registration:
  mode: "open"
dnssec:
  mode: "{mode}"
  resolvers: ["{resolver}"]
metrics:
  listen: []
storage:
  sqlite:
    path: "{name}.db"
"""
# It cannot obtain one: nothing runs where the authority should be.
CERTIFICATE = """\
  public-url: "https://auth.{zone}"
  tls:
    mode: "acme"
acme:
  accept-terms: true
  directory: "https://127.0.0.1:9/directory"
"""
COPIED_ADDRESS, LACKING_ADDRESS = "198.51.100.4", "198.51.100.5"
COPY = "nsd-3"  # the name server with an older copy
ADDRESSES = [one for address in (*ZONE_ADDRESSES.values(), COPIED_ADDRESS, LACKING_ADDRESS) for one in both(address)]


class RunningServer:
    """A nuncio, its configuration in NAME.yaml."""

    def __init__(self, processes: Processes, program: Path, name: str, api_port: int) -> None:
        self._processes, self._program, self._name = processes, str(program), name
        self._api = f"127.0.0.1:{api_port}"

    def start(
        self,
        zones: Sequence[str],
        nameservers: Mapping[str, Sequence[str]],
        listen: Sequence[str],
        *,
        is_signed: bool,
        lacks_certificate: bool = False,
    ) -> None:
        """`nameservers` are names in the first zone, with their addresses."""
        self._zones, self._nameservers = zones, nameservers
        (self._processes.directory / f"{self._name}.yaml").write_text(
            CONFIGURATION.format(
                name=self._name,
                zones=", ".join(f'"{zone}"' for zone in zones),
                servers=", ".join(f'"{server}"' for server in nameservers),
                records="\n".join(f"  - '{line}'" for line in self._address_lines()),
                addresses=", ".join(f'"{with_port(address, 53)}"' for address in listen),
                api=self._api,
                certificate=CERTIFICATE.format(zone=zones[0]) if lacks_certificate else "",
                mode="on" if is_signed else "off",
                resolver=with_port(resolver_address(1), 53),
            )
        )
        self._processes.start_server(
            self._name,
            lambda: ([self._program, "serve", "--config", f"{self._name}.yaml"], None),
            lambda: self._processes.has_logged(self._name, "] ready"),
        )

    def enrol(self, values: int = 0) -> str:
        """Makes a delegate with so many values below the first zone, and returns its name."""
        printed = self._processes.run([self._program, "register", "--server", f"http://{self._api}"]).output
        account = Account.of(json.loads(printed))
        for _ in range(values):
            publish(f"http://{self._api}", account, new_value())
        return account.fulldomain

    def operate(self, *arguments: str) -> None:
        self._processes.run([self._program, "delegates", *arguments, "--config", f"{self._name}.yaml"])

    def delegation(self, *, is_signed: bool) -> list[str]:
        """The records in the zone above."""
        command = [self._program, "dnssec", "ds", "--config", f"{self._name}.yaml"]
        signers = self._processes.run(command).output.splitlines() if is_signed else []
        servers = [f"{zone}. 300 IN NS {server}." for zone in self._zones for server in self._nameservers]
        return [*servers, *self._address_lines(), *signers]

    def _address_lines(self) -> list[str]:
        return [
            f"{server}. 300 IN {'AAAA' if ':' in address else 'A'} {address}"
            for server, addresses in self._nameservers.items()
            for address in addresses
        ]


class RunningServers:
    """Starts them. `names` are those of delegates for the table, `above` the records in the zone above."""

    def __init__(self, processes: Processes, program: Path) -> None:
        zone, moved, copied = f"nuncio.{DELEGATES}", f"moved.{DELEGATES}", f"copied.{DELEGATES}"
        one = RunningServer(processes, program, "nuncio", 8080)
        own = {f"ns{number}.{zone}": both(address) for number, address in enumerate(ZONE_ADDRESSES.values(), start=1)}
        one.start([zone, moved], own, [address for addresses in own.values() for address in addresses], is_signed=True)
        two = RunningServer(processes, program, "copied", 8081)
        copies = {f"ns1.{copied}": both(COPIED_ADDRESS), f"ns2.{copied}": list(SERVERS[COPY].addresses)}
        two.start([copied], copies, both(COPIED_ADDRESS), is_signed=False)

        three = RunningServer(processes, program, "without-certificate", 8082)
        lacking = f"lacking.{DELEGATES}"
        third = {f"ns1.{lacking}": both(LACKING_ADDRESS)}
        three.start([lacking], third, both(LACKING_ADDRESS), is_signed=False, lacks_certificate=True)

        self.names = {
            "live": one.enrol(values=2),
            "idle": one.enrol(),
            "deleted": one.enrol(values=1),
            "disabled": one.enrol(values=1),
            "unknown": f"{uuid.uuid4()}.{zone}",
            "moved": f"web.{moved}",
            "copied": two.enrol(values=1),
            "lacking": f"web.{lacking}",
        }
        one.operate("delete", self.names["deleted"], "--yes")
        one.operate("disable", self.names["disabled"])
        one.operate("create", self.names["moved"])
        three.operate("create", self.names["lacking"])
        # The registrar of one zone was told of a server that the configuration does not name.
        self.above = [
            *one.delegation(is_signed=True),
            *two.delegation(is_signed=False),
            *three.delegation(is_signed=False),
            f"{moved}. 300 IN NS ns1.delegates.{DELEGATES}.",
        ]
        file = processes.directory / "copied.zone"
        lines = [*made_records(copied, list(copies)), *two.delegation(is_signed=False)]
        file.write_text("".join(f"{line}\n" for line in dict.fromkeys(lines)))
        self.copy = {SERVERS[COPY].program: {copied: file}}
