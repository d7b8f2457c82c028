"""acme2certifier, an ACME server that has nothing in common with Pebble.

It tells when to renew (RFC 9773), answers challenges at once and issues at once. It asks resolvers at port 53 alone.
"""

import ssl
import urllib.request

from Interop.certificate_authority import TRUST
from Interop.places import PROGRAMS
from Interop.processes import Prepared, Processes, free_port

# The root of its certificates.
OTHER_ROOT = "other-root.pem"

# The days for which its certificates are valid. It has them renewed when 85 % of that have passed.
VALIDITY_DAYS = 30

CONFIGURATION = """\
[DEFAULT]
debug: False
dns_server_list: ["{resolver}"]

[CAhandler]
handler_module: acme2certifier.cahandlers.openssl_ca_handler
issuing_ca_key: other-root.key
issuing_ca_cert: {root}
issuing_ca_crl: other.crl
ca_cert_chain_list: []
cert_validity_days: {days}
cert_save_path: other-certificates

[DBhandler]
handler_module: acme2certifier.dbhandlers.wsgi_handler
dbfile: other.db

[Challenge]

[Order]
tnauthlist_support: False
"""


class OtherAuthority:
    """`resolver` is the address of a resolver at port 53. The certificate of its server is Pebble's."""

    def __init__(self, processes: Processes, resolver: str) -> None:
        self._processes = processes
        (processes.directory / "other-certificates").mkdir(exist_ok=True)
        (processes.directory / "acme_srv.cfg").write_text(
            CONFIGURATION.format(resolver=resolver, root=OTHER_ROOT, days=VALIDITY_DAYS)
        )
        processes.run(
            [
                *["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "365"],
                *["-keyout", "other-root.key", "-out", OTHER_ROOT, "-subj", "/CN=Root of the other authority"],
                *["-addext", "keyUsage=critical,keyCertSign,cRLSign"],
            ]
        )
        self._trust = ssl.create_default_context(cafile=processes.directory / TRUST)
        self.process = processes.start_server("acme2certifier", self._prepare, self._is_ready)

    @property
    def directory_url(self) -> str:
        return f"https://127.0.0.1:{self._port}/directory"

    def _prepare(self) -> Prepared:
        self._port = free_port()
        command = [
            str(PROGRAMS / "gunicorn"),
            *["--bind", f"127.0.0.1:{self._port}", "--certfile", "pebble.pem", "--keyfile", "pebble.key"],
            "acme2certifier.share.acme2certifier_wsgi:application",
        ]
        return command, {"ACME_SRV_CONFIGFILE": str(self._processes.directory / "acme_srv.cfg")}

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(self.directory_url, timeout=10, context=self._trust) as response:
                return bool(response.status == 200)
        except OSError:
            return False
