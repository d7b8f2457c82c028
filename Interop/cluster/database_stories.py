"""Faults of the two PostgreSQL servers. One at a time: the standby must have everything before it can take over.

Before a promotion the former primary is down, as a fence guarantees it. Two primaries at once are not tried.
"""

import signal
from collections.abc import Callable, Iterator

from Interop.cluster.cluster_network import both
from Interop.cluster.database_pair import Step
from Interop.cluster.fault_stories import Laboratory, Plan, Planned, claims_of


def of_databases(story: Callable[[Laboratory], Iterator[Step]], *, cuts_link: bool = False) -> Plan:
    def plan(lab: Laboratory) -> Planned:
        pair = lab.databases
        claims = claims_of(both(pair.primary.host, pair.standby.host)) if cuts_link else frozenset()
        return Planned(pair.primary.host, claims | {"databases"}, story(lab))

    return plan


def start_again(lab: Laboratory) -> Iterator[Step]:
    """Children of a server that was killed can hold its memory for a moment, in which it does not start."""
    primary = lab.databases.primary
    while not primary.answers():
        if not primary.is_running:
            primary.start()
        yield 0.5


def kill_primary(lab: Laboratory) -> Iterator[Step]:
    pair = lab.databases
    pair.primary.kill()
    lab.kills += 1
    yield lab.chance.uniform(0, 6)
    yield from start_again(lab)
    yield pair.primary.has_standby


def fail_over(lab: Laboratory) -> Iterator[Step]:
    pair = lab.databases
    pair.primary.kill()
    lab.kills += 1
    yield lab.chance.uniform(0, 6)
    yield from pair.promote()
    yield lab.chance.uniform(0, 3)
    yield from pair.rejoin()


def fail_over_twice(lab: Laboratory) -> Iterator[Step]:
    """What waits for the standby becomes visible when the primary is started again, and is gone after the failover."""
    pair = lab.databases
    apart = both(pair.primary.host, pair.standby.host)
    lab.network.cut(apart)
    yield lab.chance.uniform(0.5, 3)
    pair.primary.kill()
    lab.kills += 1
    yield from start_again(lab)
    yield lab.chance.uniform(0.5, 6)
    pair.primary.kill()
    lab.kills += 1
    lab.network.heal(apart)
    yield from pair.promote()
    yield lab.chance.uniform(0, 3)
    yield from pair.rejoin()


def switch_over(lab: Laboratory) -> Iterator[Step]:
    pair = lab.databases
    former = pair.primary
    former.send(signal.SIGINT)  # “fast”: sends the standby everything first
    for _ in range(50):
        if not former.is_running:
            break
        yield 0.2
    former.kill()
    yield from pair.promote()
    yield from pair.rejoin()


def stop_primary(lab: Laboratory) -> Iterator[Step]:
    """All processes stand still: connections stay, and nothing answers."""
    primary = lab.databases.primary
    primary.send_to_all(signal.SIGSTOP)
    yield lab.chance.uniform(1, 10)
    primary.send_to_all(signal.SIGCONT)
    yield lab.databases.primary.has_standby


def kill_standby(lab: Laboratory) -> Iterator[Step]:
    pair = lab.databases
    pair.standby.kill()
    yield lab.chance.uniform(0, 6)
    while not pair.primary.has_standby():
        if not pair.standby.is_running:
            pair.standby.start()
        yield 0.5
