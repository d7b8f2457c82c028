"""Requests through a reverse proxy that others must not notice.

Strangers wish for other protocols, send what is no HTTP, and pipeline, through a proxy that keeps its connections; holders
publish meanwhile through the same proxy, and not one of them may fail or wait.

    python3 -m Interop.proxies --nuncio .build/debug/nuncio

Caddy and nginx are set up as docs/deployment.md says. Needs caddy, nginx, curl and a JDK; ./check installs them. Prints a line for each
case, and at the end "N passed, N failed"; exit status 0 if none failed. About 40 seconds.
"""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

from Interop.configured_server import ConfiguredServer
from Interop.patience import patiently
from Interop.processes import LabError, Processes
from Interop.proxies import wishing
from Interop.proxies.holders import Holders
from Interop.proxies.reverse_proxies import Caddy, Nginx
from Interop.proxies.strangers import Strangers

SECONDS = patiently(120)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m Interop.proxies", description=__doc__.split("\n")[0])
    parser.add_argument("--nuncio", type=Path, required=True, metavar="PATH", help="the program to test")
    program = parser.parse_args().nuncio.resolve()
    if not (program.is_file() and os.access(program, os.X_OK)):
        parser.error(f"{program} is not a program")

    def end(*_):
        raise LabError(f"It took more than {SECONDS} s")

    signal.signal(signal.SIGALRM, end)
    signal.signal(signal.SIGTERM, end)
    signal.alarm(SECONDS)
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="nuncio-proxies-", ignore_cleanup_errors=True) as folder:
        processes = Processes(Path(folder), [program.parent])
        try:
            for what, complaints in run(processes, str(program)):
                print(f"{'FAILED' if complaints else 'ok    '} {what}")
                for complaint in complaints:
                    print(f"       {complaint}")
                failed += bool(complaints)
                passed += not complaints
        except LabError as error:
            print(f"FAILED {error}")
            failed += 1
        finally:
            for complaint in processes.stop():
                print(f"FAILED {complaint}")
                failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def run(processes: Processes, program: str):
    """Each case, and what went wrong in it."""
    server = ConfiguredServer(processes, program, {"NUNCIO_WEBSERVER_TRUSTED_PROXIES": "127.0.0.1/32,::1/128"})
    yield "curl --http2, three requests on one connection", wishing.curl(processes, server.http_port)
    yield "Java's HttpClient, forty requests of one client", wishing.java(processes, server.http_port)
    for proxy in (Caddy(processes, server.http_port), Nginx(processes, server.http_port, server.operator_url)):
        with Holders(server.http_port, proxy.port) as holders:
            holders.publish_for(3)
            quiet = holders.take()
            with Strangers(proxy.port):
                complaints = wishing.java(processes, proxy.port) + wishing.curl(processes, proxy.port)
                holders.publish_for(6)
            loud = holders.take()
        complaints += quiet.complaints + loud.complaints
        yield (
            f"{proxy.name}: {len(quiet.times)} updates without strangers, slowest {quiet.slowest:.2f} s; "
            f"{len(loud.times)} with them, slowest {loud.slowest:.2f} s",
            complaints,
        )
        if isinstance(proxy, Nginx):
            yield "nginx: GET trace shows its lines when they come", wishing.trace(proxy.operator_port, server.operator_token)


if __name__ == "__main__":
    sys.exit(main())
