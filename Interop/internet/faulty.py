"""A name server with known faults, to see that the judges notice: those that acme-dns has.

It answers NXDOMAIN for each type that a name does not have, so a resolver believes that the name itself does
not exist, and it sends no SOA record with NODATA at the apex.

    python faulty.py ZONE-FILE ORIGIN ADDRESS…
"""

import socket
import sys
import threading
from pathlib import Path
from socketserver import BaseRequestHandler, StreamRequestHandler, ThreadingTCPServer, ThreadingUDPServer

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone


class FaultyZone:
    def __init__(self, text: str, origin: str) -> None:
        self._origin = dns.name.from_text(origin)
        self._zone = dns.zone.from_text(text, self._origin, relativize=False)

    def response(self, octets: bytes) -> dns.message.Message:
        query = dns.message.from_wire(octets)
        response = dns.message.make_response(query)
        question = query.question[0]
        if not question.name.is_subdomain(self._origin):
            response.set_rcode(dns.rcode.REFUSED)
            return response
        response.flags |= dns.flags.AA
        found = self._zone.get_rdataset(question.name, question.rdtype)
        if found:
            response.answer.append(dns.rrset.from_rdata_list(question.name, found.ttl, list(found)))
        elif question.name != self._origin:
            response.set_rcode(dns.rcode.NXDOMAIN)
            response.authority.append(self._zone.find_rrset(self._origin, dns.rdatatype.SOA))
        return response


def answer_datagrams(zone: FaultyZone, address: str) -> None:
    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            octets, here = self.request
            response = zone.response(octets)
            try:
                answer = response.to_wire(max_size=512)
            except dns.exception.TooBig:
                response.answer.clear()
                response.flags |= dns.flags.TC
                answer = response.to_wire()
            here.sendto(answer, self.client_address)

    class Server(ThreadingUDPServer):
        address_family = family_of(address)

    threading.Thread(target=Server((address, 53), Handler).serve_forever).start()


def answer_streams(zone: FaultyZone, address: str) -> None:
    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            while length := self.rfile.read(2):
                answer = zone.response(self.rfile.read(int.from_bytes(length))).to_wire()
                self.wfile.write(len(answer).to_bytes(2) + answer)

    class Server(ThreadingTCPServer):
        address_family = family_of(address)
        allow_reuse_address = True

    threading.Thread(target=Server((address, 53), Handler).serve_forever).start()


def family_of(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def main(file: str, origin: str, *addresses: str) -> None:
    zone = FaultyZone(Path(file).read_text(), origin)
    for address in addresses:
        answer_datagrams(zone, address)
        answer_streams(zone, address)


if __name__ == "__main__":
    main(*sys.argv[1:])
