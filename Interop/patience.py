"""The time that the lab waits for something that must come: as a quiet machine needs, and this many times that on a busy one.

A deadline ends a wait for something that never comes; it says nothing about speed.
"""

FACTOR = 10


def patiently(seconds: float) -> float:
    return FACTOR * seconds


ANSWER_WITHIN = patiently(10)  # seconds, of an HTTP request
