"""The configurations of name servers, as far as all of them here are alike.

Each server keeps its files in `folder` and listens at the addresses in `listen`, which have ports, like `127.0.0.1@53`. `zones`
are the files by the names of the zones. Further lines of a section are given with their indentation.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from Interop.processes import Processes

KNOT_READS_FILES = "    zonefile-sync: -1\n"  # and does not write them


def nuncio_sections(http_port: int, database: Path | str) -> str:
    """The sections of nuncio's configuration after its name server's: anybody may register, and the zones are not signed.

    The peers serve the zones like that; what is different in signed ones the small internet judges.
    """
    return f"""\
webserver:
  listen: ["127.0.0.1:{http_port}"]
registration:
  mode: "open"
metrics:
  listen: []
dnssec:
  mode: "off"
storage:
  sqlite:
    path: "{database}"
"""


def nsd_configuration(
    folder: Path,
    listen: Iterable[str],
    zones: Mapping[str, Path | str],
    *,
    server: str = "",
    control: str = "    control-enable: no\n",
    zone: str = "",
) -> str:
    """`server` and `control` are lines of these sections, `zone` lines of each zone."""
    listen = list(listen)
    addresses = "".join(f"    ip-address: {address}\n" for address in listen)
    has_ipv6 = any(":" in address for address in listen)
    clauses = "".join(f'zone:\n    name: "{name}"\n    zonefile: "{file}"\n{zone}' for name, file in zones.items())
    return f"""\
server:
{addresses}    do-ip6: {"yes" if has_ipv6 else "no"}
    server-count: 1
    username: ""
    zonesdir: "{folder}"
    database: ""
    zonelistfile: "{folder}/zone.list"
    xfrdfile: "{folder}/xfrd.state"
    xfrdir: "{folder}"
    pidfile: "{folder}/nsd.pid"
{server}remote-control:
{control}{clauses}"""


def knot_configuration(
    folder: Path,
    listen: Iterable[str],
    zones: Mapping[str, Path | str | None],
    *,
    server: str = "",
    sections: str = "",
    template: str = KNOT_READS_FILES,
    zone: str = "",
) -> str:
    """A zone without a file comes from elsewhere.

    `server` and `template` are lines of these sections, `zone` lines of each zone; `sections` are whole ones.
    """
    addresses = ", ".join(f'"{address}"' for address in listen)
    clauses = "".join(
        f'  - domain: "{name}"\n' + (f'    file: "{file}"\n' if file else "") + zone for name, file in zones.items()
    )
    return f"""\
server:
    listen: [{addresses}]
    rundir: "{folder}"
{server}database:
    storage: "{folder}"
log:
  - target: stderr
    any: info
{sections}template:
  - id: default
{template}zone:
{clauses}"""


def bind_options(folder: Path, port: int, more: str) -> str:
    """The options of a BIND in the foreground that answers authoritatively at 127.0.0.1; `more` are further ones."""
    return f"""\
options {{
    directory "{folder}";
    pid-file "{folder}/named.pid";
    session-keyfile "{folder}/session.key";
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    recursion no;
    notify no;
    dnssec-validation no;
{more}}};
"""


def acme_dns_configuration(
    folder: Path, zone: str, port: int, http_port: int, records: Iterable[str], *, engine: str, log_level: str
) -> str:
    """The configuration of acme-dns as in its own example, except for addresses and names.

    Each of `records` is quoted as in TOML. The engine is `sqlite`, before version 2.0 `sqlite3`.
    """
    lines = ",\n".join(f"    {record}" for record in records)
    return f"""\
[general]
listen = "127.0.0.1:{port}"
protocol = "both4"
domain = "{zone}"
nsname = "ns1.{zone}"
nsadmin = "hostmaster.example.net"
records = [
{lines}
]
debug = false

[database]
engine = "{engine}"
connection = "{folder}/acme-dns.db"

[api]
ip = "127.0.0.1"
disable_registration = false
port = "{http_port}"
tls = "none"
corsorigins = ["*"]
use_header = false

[logconfig]
loglevel = "{log_level}"
logtype = "stdout"
logformat = "text"
"""


def make_certificate(processes: Processes, names: list[str]) -> tuple[Path, Path]:
    """A self-signed certificate for DNS over TLS and its key, in the folder of the processes; made once for each folder."""
    certificate, key = processes.directory / "tls.crt", processes.directory / "tls.key"
    if not key.exists():
        alternatives = ",".join(f"DNS:{name}" for name in names)
        command = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-noenc",
            "-days",
            "30",
        ]
        command += ["-subj", f"/CN={names[0]}", "-addext", f"subjectAltName={alternatives}"]
        processes.run([*command, "-out", str(certificate), "-keyout", str(key)])
    return certificate, key
