"""Asks nuncio the questions of the Ferret dataset and compares its answers with those of four name servers.

    .lab/venv/bin/python -m Interop.ferret --nuncio .build/debug/nuncio

Needs dnspython. Prints differences, and at the end "N passed, N failed"; exit status 0 if none failed.
"""

import argparse
import gzip
import json
import sys
from pathlib import Path
from typing import TypedDict

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.rrset

from Interop.patience import patiently
from Interop.processes import free_port
from Interop.runs import Run, program, summary

HERE = Path(__file__).resolve().parent
ANSWER_WITHIN = patiently(5)  # seconds

CONFIGURATION = """\
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


class Case(TypedDict):
    """A question; `resp` has the servers that gave the same answer, and the lines of that answer."""

    id: int
    tag: str
    name: str
    type: str
    resp: list[tuple[list[str], list[str]]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m Interop.ferret", description=summary(__doc__))
    parser.add_argument("--nuncio", type=program, required=True, metavar="PATH", help="the program to test")
    parser.add_argument("--show", type=int, default=5, metavar="N", help="how many differences to print (%(default)s)")
    arguments = parser.parse_args()

    cases: list[Case] = json.loads(gzip.decompress((HERE / "tests.json.gz").read_bytes()))
    with Run("ferret") as run:
        port = start(run, str(arguments.nuncio))
        for case in cases:
            difference = difference_from_all(case, port)
            run.passed += difference is None
            run.failed += difference is not None
            if difference is not None and run.failed <= arguments.show:
                print(difference)
    return run.conclude()


def start(run: Run, nuncio: str) -> int:
    """Serves the zones of all cases, and returns the port of the DNS."""
    (run.folder / "zones").mkdir()
    for identifier, text in json.loads(gzip.decompress((HERE / "zones.json.gz").read_bytes())).items():
        (run.folder / "zones" / f"{identifier}.zone").write_text(text)
    port = 0

    def prepare() -> tuple[list[str], None]:
        nonlocal port
        port = free_port()
        (run.folder / "nuncio.yaml").write_text(CONFIGURATION.format(port=port))
        return [nuncio, "serve", "--config", "nuncio.yaml"], None

    run.processes.start_server("nuncio", prepare, lambda: run.processes.has_logged("nuncio", "] ready"), seconds=60)
    return port


def difference_from_all(case: Case, port: int) -> str | None:
    """`None` if a name server of the dataset gave the answer that nuncio gives; otherwise all answers."""
    query = dns.message.make_query(case["name"], case["type"])
    query.flags &= ~dns.flags.RD
    response = dns.query.udp(query, "127.0.0.1", port=port, timeout=ANSWER_WITHIN)
    if response.flags & dns.flags.TC:
        response = dns.query.tcp(query, "127.0.0.1", port=port, timeout=ANSWER_WITHIN)
    references = [dns.message.from_text("\n".join(lines)) for _, lines in case["resp"]]
    if any(is_same(response, reference) for reference in references):
        return None
    expected = "\n".join(f"--- {', '.join(servers)}\n" + "\n".join(lines) for servers, lines in case["resp"])
    return f"=== test {case['id']} ({case['tag']}): {case['name']} {case['type']}\n{response}\n{expected}\n"


def is_same(response: dns.message.Message, reference: dns.message.Message) -> bool:
    """Whether code, flags but RA, answer and additional are the same; authority too where there is no answer."""
    ignored = dns.flags.RA
    return (
        response.rcode() == reference.rcode()
        and response.flags & ~ignored == reference.flags & ~ignored
        and records(response.answer) == records(reference.answer)
        and records(response.additional) == records(reference.additional)
        and (bool(response.answer) or records(response.authority) == records(reference.authority))
    )


Record = tuple[dns.name.Name, int, dns.rdatatype.RdataType, dns.rdata.Rdata]


def records(section: list[dns.rrset.RRset]) -> set[Record]:
    return {(rrset.name, rrset.ttl, rrset.rdtype, data) for rrset in section for data in rrset}


if __name__ == "__main__":
    sys.exit(main())
