"""A name server with known faults, to see that the judges notice: those that acme-dns has.

It answers NXDOMAIN for each type that a name does not have, so a resolver believes that the name itself does
not exist, and it sends no SOA record with NODATA at the apex.

    python faulty.py ZONE-FILE ORIGIN ADDRESS…
"""

import socket
import sys
import threading
from socketserver import BaseRequestHandler, ThreadingTCPServer, ThreadingUDPServer

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone


class FaultyZone:
    def __init__(self, text: str, origin: str):
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
            response.authority.append(self._zone.get_rrset(self._origin, dns.rdatatype.SOA))
        return response


class Udp(BaseRequestHandler):
    def handle(self):
        octets, socket = self.request
        response = self.server.zone.response(octets)
        try:
            answer = response.to_wire(max_size=512)
        except dns.exception.TooBig:
            response.answer.clear()
            response.flags |= dns.flags.TC
            answer = response.to_wire()
        socket.sendto(answer, self.client_address)


class Tcp(BaseRequestHandler):
    def handle(self):
        stream = self.request.makefile("rwb")
        while length := stream.read(2):
            answer = self.server.zone.response(stream.read(int.from_bytes(length))).to_wire()
            stream.write(len(answer).to_bytes(2) + answer)
            stream.flush()


def main(file: str, origin: str, *addresses: str):
    ThreadingTCPServer.allow_reuse_address = True
    with open(file) as text:
        zone = FaultyZone(text.read(), origin)
    for address in addresses:
        ThreadingUDPServer.address_family = ThreadingTCPServer.address_family = (
            socket.AF_INET6 if ":" in address else socket.AF_INET
        )
        for server in (ThreadingUDPServer((address, 53), Udp), ThreadingTCPServer((address, 53), Tcp)):
            server.zone = zone
            threading.Thread(target=server.serve_forever).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
