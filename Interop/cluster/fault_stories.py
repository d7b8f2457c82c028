"""What is done to the cluster. Each fault is a story in steps, after the last of which everything is well again.

A step is the number of seconds, or the condition, to wait for before the next one. Other stories go on meanwhile.
"""

import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from Interop.cluster.cluster_hosts import ADDRESSES, DATABASES, NODES
from Interop.cluster.cluster_network import Direction, Network, all_links_of, both
from Interop.cluster.cluster_node import Node
from Interop.cluster.database_pair import DatabasePair, Step

# Near to the hour for which values stay, and less: values must still be served by all nodes.
CLOCK_STEP = 3_600  # seconds, as long as values live
CLOCK_START = 20  # seconds that a start with a wrong clock may take
KEYS_TAKE = 25  # seconds that a change of keys may take


@dataclass
class Laboratory:
    network: Network
    databases: DatabasePair
    nodes: dict[str, Node]
    chance: random.Random
    older: Path | None = None
    kills: int = 0
    # The exit codes of the commands that change keys; `None` for one that was ended.
    key_changes: list[int | None] = field(default_factory=list)


@dataclass(frozen=True)
class Planned:
    """A story with its parts cast. Two stories with a claim in common are never told at the same time."""

    target: str
    claims: frozenset[str]
    steps: Iterator[Step]


Plan = Callable[[Laboratory], Planned]


def of_node(story: Callable[[Laboratory, Node], Iterator[Step]]) -> Plan:
    def plan(lab: Laboratory) -> Planned:
        node = lab.nodes[lab.chance.choice(list(NODES))]
        return Planned(node.name, frozenset({node.name}), story(lab, node))

    return plan


def of_keys(story: Callable[[Laboratory], Iterator[Step]]) -> Plan:
    return lambda lab: Planned("", frozenset({"keys"}), story(lab))


def claims_of(directions: list[Direction]) -> frozenset[str]:
    return frozenset(f"{origin}→{target}" for origin, target in directions)


def of_machine(story: Callable[[Laboratory, Node], Iterator[Step]]) -> Plan:
    """A story that also cuts the links of the node."""

    def plan(lab: Laboratory) -> Planned:
        planned = of_node(story)(lab)
        return Planned(planned.target, planned.claims | claims_of(all_links_of(planned.target)), planned.steps)

    return plan


def kill_node(lab: Laboratory, node: Node) -> Iterator[Step]:
    node.kill()
    lab.kills += 1
    yield lab.chance.uniform(0, 8)
    node.start()
    yield node.is_ready


def lose_machine(lab: Laboratory, node: Node) -> Iterator[Step]:
    """Nobody says any more that nothing listens there."""
    lab.network.cut(all_links_of(node.name))
    node.kill()
    lab.kills += 1
    yield lab.chance.uniform(0, 12)
    lab.network.heal(all_links_of(node.name))
    node.start()
    yield node.is_ready


def restart_node(lab: Laboratory, node: Node) -> Iterator[Step]:
    yield from node.end()
    yield lab.chance.choice((0.0, 0.0, lab.chance.uniform(0, 5)))
    node.start()
    yield node.is_ready


def stop_node(lab: Laboratory, node: Node) -> Iterator[Step]:
    node.send(signal.SIGSTOP)
    yield lab.chance.uniform(1, 20)
    node.send(signal.SIGCONT)
    yield node.is_ready


def change_keys(lab: Laboratory) -> Iterator[Step]:
    """Begins a change of keys at some node, and cancels it at some other. Other stories may hit any of them meanwhile."""
    for further in ([], ["--cancel"]):
        process = lab.nodes[lab.chance.choice(list(NODES))].change_keys(*further)
        for _ in range(KEYS_TAKE):
            if process.has_ended():
                break
            yield 1.0
        lab.key_changes.append(process.status)
        process.kill()
        yield lab.chance.uniform(0, 5)


def set_clock(lab: Laboratory, node: Node) -> Iterator[Step]:
    for offset in (lab.chance.choice((CLOCK_STEP, -CLOCK_STEP)), 0):
        yield from node.end()
        node.clock_offset = offset
        node.start()
        # Under libfaketime a start can hang (see `Node.end`).
        for _ in range(CLOCK_START if offset else 1):
            if node.is_ready():
                break
            yield 1.0
        yield lab.chance.uniform(2, 10)
    yield node.is_ready


def run_older(lab: Laboratory, node: Node) -> Iterator[Step]:
    for program in (lab.older, None):
        yield from node.end()
        node.use(program)
        node.start()
        yield node.is_ready
        yield lab.chance.uniform(2, 10)


def of_links(choose: Callable[[random.Random], list[Direction]], seconds_late: tuple[float, float] | None = None) -> Plan:
    """Cuts these directions, or makes them slow."""

    def plan(lab: Laboratory) -> Planned:
        directions = choose(lab.chance)
        late = lab.chance.uniform(*seconds_late) if seconds_late else None

        def steps() -> Iterator[Step]:
            if late is None:
                lab.network.cut(directions)
            else:
                lab.network.slow(directions, late)
            yield lab.chance.uniform(1, 15)
            lab.network.heal(directions)

        target = f"{directions[0][0]}→{directions[0][1]}" + (f" and {len(directions) - 1} more" if len(directions) > 1 else "")
        how = "" if late is None else f" by {late * 1000:.0f} ms"
        return Planned(target + how, claims_of(directions), steps())

    return plan


def two_hosts(chance: random.Random) -> tuple[str, str]:
    node = chance.choice(list(NODES))
    return node, chance.choice([host for host in ADDRESSES if host != node])


def one_direction(chance: random.Random) -> list[Direction]:
    one, other = two_hosts(chance)
    return [chance.choice(((one, other), (other, one)))]


def both_directions(chance: random.Random) -> list[Direction]:
    return both(*two_hosts(chance))


def from_the_databases(chance: random.Random) -> list[Direction]:
    node = chance.choice(list(NODES))
    return [direction for database in DATABASES for direction in both(node, database)]


def between_databases(chance: random.Random) -> list[Direction]:
    return chance.choice((both("db1", "db2"), [("db1", "db2")], [("db2", "db1")]))


def of_one_node(chance: random.Random) -> list[Direction]:
    return all_links_of(chance.choice(list(NODES)))
