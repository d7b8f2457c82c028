"""Questions after everything was healed: whether the nodes agree, and whether each has everything."""

import socket
import struct
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from Interop.cluster.cluster_hosts import NODES
from Interop.cluster.events import Answer, Healing
from Interop.cluster.txt_questions import CHAOS, TextResponse, read_response, text_question
from Interop.patience import patiently

PLACE = "place.nuncio"


def ask_once(address: str, name: str, in_class: int = 1, seconds: float = 1) -> TextResponse | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, suppress(OSError, ValueError, IndexError, struct.error):
        udp.settimeout(seconds)
        udp.connect((address, 53))
        udp.send(text_question(1, name, in_class))
        return read_response(udp.recv(65_535))
    return None


def await_agreement(probe: str | None, now: Callable[[], float]) -> Healing:
    """Waits until all nodes show the same place and answer for the delegate `probe`."""
    began = now()
    while True:
        places = {node: _place(address) for node, address in NODES.items()}
        answers = {_answer(address, probe) for address in NODES.values()} if probe else {"NOERROR"}
        seconds = now() - began
        if len(set(places.values())) == 1 and "silent" not in places.values() and len(answers) == 1 and "" not in answers:
            return Healing(seconds, places)
        if seconds > patiently(3):
            return Healing(None, places)
        time.sleep(0.1)


def ask_for_all(delegates: Iterable[str], now: Callable[[], float]) -> list[Answer]:
    """Asks each node for each delegate, some times if it stays silent."""
    return [_final_answer(node, name, now) for name in delegates for node in NODES]


def _final_answer(node: str, name: str, now: Callable[[], float]) -> Answer:
    sent = now()
    for _ in range(3):
        sent = now()
        response = ask_once(NODES[node], name)
        if response and not response.is_truncated:
            return Answer(name, node, sent, now(), response.code, response.values, response.extended_errors, is_final=True)
    return Answer(name, node, sent, None, is_final=True)


def _place(address: str) -> str:
    response = ask_once(address, PLACE, CHAOS, 0.5)
    return "".join(response.values) if response and response.code == "NOERROR" else "silent"


def _answer(address: str, name: str) -> str:
    response = ask_once(address, name, seconds=0.5)
    return " ".join(sorted(response.values)) if response and response.code == "NOERROR" else ""
