"""One thread for each server, which asks for delegates all the time and waits for no response before the next question."""

import random
import select
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from Interop.cluster.events import Answer, History
from Interop.cluster.txt_questions import read_response, text_question

LATE_AFTER = 1.0  # seconds; a later response counts as late, and must be as right as others
FORGOTTEN_AFTER = 30.0  # a node that was stopped answers what has waited for it


class Asker:
    def __init__(
        self,
        server: str,
        address: str,
        history: History,
        now: Callable[[], float],
        *,
        rate: float,
        seed: int,
        one_at_a_time: bool,
    ) -> None:
        """`rate` questions a second, besides those that `ask` asks for.

        `one_at_a_time` is for resolvers: they answer both of two equal questions with what they asked for at the first one.
        """
        self._server, self._address, self._history, self._now, self._rate = server, address, history, now, rate
        self._one_at_a_time = one_at_a_time
        self._chance = random.Random(f"{seed} {server}")
        self._asked_for: deque[str] = deque(maxlen=200)
        self._known: list[str] = []
        self._recent: deque[str] = deque(maxlen=60)
        self._pending: dict[int, tuple[str, float]] = {}
        self._names_pending: set[str] = set()
        self._number = self._chance.randrange(65_536)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def ask(self, name: str) -> None:
        """Asks for a delegate at once, and now and then after that."""
        self._asked_for.append(name)
        if name not in self._recent:
            self._recent.append(name)
            self._known.append(name)

    def _live(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.connect((self._address, 53))
            udp.setblocking(False)
            next_at = self._now()
            while not self._ended.is_set():
                if self._asked_for:
                    self._send(udp, self._asked_for.popleft())
                if self._now() >= next_at:
                    next_at = self._now() + self._chance.expovariate(self._rate)
                    if self._known:
                        # Most of the time one of the recent ones: there an answer is most likely to be wrong.
                        self._send(udp, self._chance.choice(list(self._recent) if self._chance.random() < 0.7 else self._known))
                wait = 0 if self._asked_for else min(0.02, max(0.0, next_at - self._now()))
                if select.select([udp], [], [], wait)[0]:
                    self._receive(udp)
                self._forget(self._now() - FORGOTTEN_AFTER)
            self._forget(self._now())

    def _send(self, udp: socket.socket, name: str) -> None:
        if self._one_at_a_time and name in self._names_pending:
            return
        self._number = (self._number + 1) % 65_536
        self._pending[self._number] = (name, self._now())
        self._names_pending.add(name)
        with suppress(OSError):  # nobody listens there, or it cannot be reached
            udp.send(text_question(self._number, name))

    def _receive(self, udp: socket.socket) -> None:
        try:
            octets = udp.recv(65_535)
        except OSError:
            # The host says that nobody listens: those that were asked shortly before get no response.
            self._forget(self._now() - LATE_AFTER)
            return
        received = self._now()
        with suppress(ValueError, IndexError, struct.error):
            response = read_response(octets)
            if response.identifier in self._pending:
                name, sent = self._pending.pop(response.identifier)
                self._names_pending.discard(name)
                code = "truncated" if response.is_truncated else response.code
                self._history.answers.append(
                    Answer(
                        name,
                        self._server,
                        sent,
                        received,
                        code,
                        response.values,
                        response.extended_errors,
                        response.is_authentic,
                    )
                )

    def _forget(self, before: float) -> None:
        while self._pending:
            number, (name, sent) = next(iter(self._pending.items()))
            if sent > before:
                return
            del self._pending[number]
            self._names_pending.discard(name)
            self._history.answers.append(Answer(name, self._server, sent, None))
