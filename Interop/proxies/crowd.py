"""Threads that send for as long as a `with` block lasts."""

import threading
from collections.abc import Iterable
from typing import Self


class Crowd:
    def __init__(self, threads: Iterable[threading.Thread]) -> None:
        self._ended = threading.Event()
        self._threads = list(threads)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()
