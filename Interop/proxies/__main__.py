"""Requests through a reverse proxy that others must not notice.

Strangers wish for other protocols, send what is no HTTP, and pipeline, through a proxy that keeps its connections; holders
publish meanwhile through the same proxy, and not one of them may fail or wait.

    python3 -m Interop.proxies --nuncio .build/debug/nuncio

Caddy and nginx are set up as docs/deployment.md says. Needs caddy, nginx, curl and a JDK; ./check installs them. Prints a line
for each case, and at the end "N passed, N failed"; exit status 0 if none failed. About 40 seconds.
"""

import argparse
import sys
from collections.abc import Iterator

from Interop.configured_server import ConfiguredServer
from Interop.patience import patiently
from Interop.processes import Processes
from Interop.proxies import wishing
from Interop.proxies.holders import Holders
from Interop.proxies.reverse_proxies import Caddy, Nginx
from Interop.proxies.strangers import Strangers
from Interop.runs import Run, program, summary

SECONDS = patiently(120)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m Interop.proxies", description=summary(__doc__))
    parser.add_argument("--nuncio", type=program, required=True, metavar="PATH", help="the program to test")
    nuncio = parser.parse_args().nuncio
    with Run("proxies", SECONDS, programs=[nuncio.parent]) as run:
        for what, complaints in cases(run.processes, str(nuncio)):
            print(f"{'FAILED' if complaints else 'ok    '} {what}", flush=True)
            for complaint in complaints:
                print(f"       {complaint}", flush=True)
            run.failed += bool(complaints)
            run.passed += not complaints
    return run.conclude()


def cases(processes: Processes, nuncio: str) -> Iterator[tuple[str, list[str]]]:
    """Each case, and what went wrong in it."""
    server = ConfiguredServer(processes, nuncio, {"NUNCIO_WEBSERVER_TRUSTED_PROXIES": "127.0.0.1/32,::1/128"})
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
        without = f"{len(quiet.times)} updates without strangers, slowest {quiet.slowest:.2f} s"
        with_them = f"{len(loud.times)} with them, slowest {loud.slowest:.2f} s"
        yield f"{proxy.name}: {without}; {with_them}", complaints
        if isinstance(proxy, Nginx):
            yield "nginx: GET trace shows its lines when they come", wishing.trace(proxy.operator_port, server.operator_token)


if __name__ == "__main__":
    sys.exit(main())
