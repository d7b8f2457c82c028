"""Asks nuncio the questions of the Ferret dataset and compares its answers with those of four name servers.

    .lab/venv/bin/python -m Interop.ferret --nuncio .build/debug/nuncio

Needs dnspython. Prints each difference, and at the end "N passed, N failed"; exit status 0 if none failed.
"""

import argparse
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import dns.flags
import dns.message
import dns.query
import dns.rcode

from Interop.patience import patiently
from Interop.processes import free_port

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = patiently(5)  # for an answer


def main():
    parser = argparse.ArgumentParser(prog="python -m Interop.ferret", description=__doc__.split("\n")[0])
    parser.add_argument("--nuncio", required=True, help="the program to test")
    parser.add_argument("--show", type=int, default=5, help="how many differences to print")
    options = parser.parse_args()

    zones = load("zones.json.gz")
    tests = load("tests.json.gz")
    with tempfile.TemporaryDirectory(prefix="nuncio-ferret-") as folder:
        port, process = start(pathlib.Path(options.nuncio).resolve(), pathlib.Path(folder), zones)
        try:
            failed = [failure for failure in (check(test, port) for test in tests) if failure]
        finally:
            process.terminate()
            process.wait(10)
    for failure in failed[: options.show]:
        print(failure)
    print(f"{len(tests) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def load(name):
    with gzip.open(HERE / name) as file:
        return json.load(file)


def start(program, folder, zones):
    """Serves all zones, and returns the port and the process once it is ready."""
    (folder / "zones").mkdir()
    for identifier, text in zones.items():
        (folder / "zones" / f"{identifier}.zone").write_text(text)
    port = free_port()
    (folder / "nuncio.yaml").write_text(
        f"""
zones: ["delegates.example.net"]
nameservers: ["ns.elsewhere.test"]
contact: "hostmaster@example.net"
zone-files: ["zones"]
nameserver:
  listen: ["127.0.0.1:{port}"]
webserver:
  listen: ["127.0.0.1:0"]
metrics:
  listen: []
dnssec:
  mode: "off"
"""
    )
    process = subprocess.Popen([program, "serve", "--config", "nuncio.yaml"], cwd=folder, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + patiently(60)
    for line in process.stderr:
        if "ready" in line:
            return port, process
        if time.monotonic() > deadline:
            break
        print(line, end="", file=sys.stderr)
    process.kill()
    sys.exit("nuncio did not start")


def check(test, port):
    """Returns `None` if a name server of the dataset gave this answer, and the differences otherwise."""
    query = dns.message.make_query(test["name"], test["type"])
    query.flags &= ~dns.flags.RD
    response = dns.query.udp(query, "127.0.0.1", port=port, timeout=SECONDS)
    if response.flags & dns.flags.TC:
        response = dns.query.tcp(query, "127.0.0.1", port=port, timeout=SECONDS)
    references = [dns.message.from_text("\n".join(lines)) for _, lines in test["resp"]]
    if any(same(response, reference) for reference in references):
        return None
    expected = "\n".join(f"--- {', '.join(servers)}\n" + "\n".join(lines) for servers, lines in test["resp"])
    return f"=== test {test['id']} ({test['tag']}): {test['name']} {test['type']}\n{response}\n{expected}\n"


def same(response, reference):
    """Whether code, flags but RA, answer and additional are the same; authority too where there is no answer."""
    ignored = dns.flags.RA
    return (
        response.rcode() == reference.rcode()
        and response.flags & ~ignored == reference.flags & ~ignored
        and records(response.answer) == records(reference.answer)
        and records(response.additional) == records(reference.additional)
        and (bool(response.answer) or records(response.authority) == records(reference.authority))
    )


def records(section):
    return {(rrset.name, rrset.ttl, rrset.rdtype, data) for rrset in section for data in rrset}


if __name__ == "__main__":
    sys.exit(main())
