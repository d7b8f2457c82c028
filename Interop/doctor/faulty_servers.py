"""Name servers with faults that no real one can be configured to have: each passes on what a real one answers, changed."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from socketserver import BaseRequestHandler, StreamRequestHandler, ThreadingTCPServer, ThreadingUDPServer

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from Interop.internet.dns_queries import SECONDS
from Interop.internet.tampering_proxy import framed

# Changes a response, the second argument, to a query, and returns its octets; `None` for silence.
Answer = Callable[[bytes, bytes], bytes | None]


def unchanged(query: bytes, response: bytes) -> bytes | None:
    return response


def silence(query: bytes, response: bytes) -> bytes | None:
    return None


def without_edns(query: bytes, response: bytes) -> bytes | None:
    """As servers of the last century do: the OPT record is not looked at, and nothing that it asks for is sent."""
    message = dns.message.from_wire(response)
    message.use_edns(False)
    for section in (message.answer, message.authority, message.additional):
        section[:] = [rrset for rrset in section if rrset.rdtype not in (dns.rdatatype.RRSIG, dns.rdatatype.NSEC)]
    return message.to_wire()


def refusing_edns(query: bytes, response: bytes) -> bytes | None:
    asked = dns.message.from_wire(query)
    if asked.edns < 0:
        return response
    answer = dns.message.make_response(asked)
    answer.use_edns(False)
    answer.set_rcode(dns.rcode.FORMERR)
    return answer.to_wire()


def in_lower_case(query: bytes, response: bytes) -> bytes | None:
    message = dns.message.from_wire(response)
    message.question[0].name = message.question[0].name.canonicalize()
    return message.to_wire()


def not_authoritative(query: bytes, response: bytes) -> bytes | None:
    message = dns.message.from_wire(response)
    message.flags &= ~dns.flags.AA
    return message.to_wire()


def with_text_beside_cname(query: bytes, response: bytes) -> bytes | None:
    """Asked for TXT, it has one at a name with a CNAME, too, as some programs of DNS providers do. Signatures would not fit."""
    asked = dns.message.from_wire(query)
    message = dns.message.from_wire(response)
    question = asked.question[0]
    if question.rdtype == dns.rdatatype.TXT and message.get_rrset(
        message.answer, question.name, dns.rdataclass.IN, dns.rdatatype.CNAME
    ):
        message.answer = [dns.rrset.from_text(question.name, 300, "IN", "TXT", '"made-by-hand"')]
    return message.to_wire()


def failing_for_caa(query: bytes, response: bytes) -> bytes | None:
    """As load balancers did that knew the types of their day alone."""
    asked = dns.message.from_wire(query)
    if asked.question[0].rdtype != dns.rdatatype.CAA:
        return response
    answer = dns.message.make_response(asked)
    answer.set_rcode(dns.rcode.SERVFAIL)
    return answer.to_wire()


def denying_other_types(query: bytes, response: bytes) -> bytes | None:
    """As acme-dns does: a name does not exist for the types that it does not have."""
    message = dns.message.from_wire(response)
    question = message.question[0]
    if not message.answer and message.rcode() == dns.rcode.NOERROR:
        is_apex = any(rrset.name == question.name for rrset in message.authority)
        if not is_apex:
            message.set_rcode(dns.rcode.NXDOMAIN)
    return message.to_wire()


def garbage(query: bytes, response: bytes) -> bytes | None:
    """A message with the right identifier, and no sense."""
    return query[:2] + bytes(range(64, 140))


def upwards(query: bytes, response: bytes) -> bytes | None:
    """A lame server of the old kind: it knows nothing of the zone, and refers to the root."""
    asked = dns.message.from_wire(query)
    answer = dns.message.make_response(asked)
    answer.authority.append(dns.rrset.from_text(".", 3600, "IN", "NS", "a.root-servers."))
    return answer.to_wire()


class FaultyServer:
    """Answers at an address with what the server behind it says, changed by `answer`; over both transports or one."""

    def __init__(self, address: str, behind: str, answer: Answer, *, udp: bool = True, tcp: bool = True) -> None:
        servers = ([self._datagrams(address, behind, answer)] if udp else []) + (
            [self._streams(address, behind, answer)] if tcp else []
        )
        for server in servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.5}, daemon=True).start()

    @staticmethod
    def _datagrams(address: str, behind: str, answer: Answer) -> ThreadingUDPServer:
        class Handler(BaseRequestHandler):
            def handle(self) -> None:
                query, here = self.request
                with contextlib.suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as onward:
                    onward.settimeout(SECONDS)
                    onward.sendto(query, (behind, 53))
                    response = answer(query, onward.recv(65535))
                    if response is not None:
                        here.sendto(response, self.client_address)

        class Server(ThreadingUDPServer):
            daemon_threads = True

        return Server((address, 53), Handler)

    @staticmethod
    def _streams(address: str, behind: str, answer: Answer) -> ThreadingTCPServer:
        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                with (
                    contextlib.suppress(OSError),
                    socket.create_connection((behind, 53), SECONDS) as onward,
                    onward.makefile("rwb") as server,
                ):
                    while query := framed(self.rfile):
                        server.write(len(query).to_bytes(2) + query)
                        server.flush()
                        response = answer(query, framed(server))
                        if response is None:
                            time.sleep(SECONDS)
                            return
                        self.wfile.write(len(response).to_bytes(2) + response)

        class Server(ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 64

        return Server((address, 53), Handler)
