"""How long the lab waits for what must come: as long as a quiet machine needs, and this many times that on a busy one.

A deadline ends a wait for what never comes; it says nothing of speed.
"""

FACTOR = 10


def patiently(seconds: float) -> float:
    return FACTOR * seconds


ANSWER_WITHIN = patiently(10)  # seconds, of an HTTP request
