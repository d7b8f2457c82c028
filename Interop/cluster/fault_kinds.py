"""The faults, and how often each is chosen."""

from dataclasses import dataclass

from Interop.cluster import database_stories, fault_stories
from Interop.cluster.database_stories import of_databases
from Interop.cluster.fault_stories import Plan, of_links, of_node


@dataclass(frozen=True)
class Kind:
    name: str
    weight: int
    plan: Plan
    is_kill: bool = False


SLOW = (0.03, 0.6)  # seconds of each packet

KINDS = (
    Kind("node killed", 8, of_node(fault_stories.kill_node), is_kill=True),
    Kind("machine lost", 3, fault_stories.of_machine(fault_stories.lose_machine), is_kill=True),
    Kind("node restarted", 4, of_node(fault_stories.restart_node)),
    Kind("node stopped", 6, of_node(fault_stories.stop_node)),
    Kind("clock set", 2, of_node(fault_stories.set_clock)),
    Kind("older program", 2, of_node(fault_stories.run_older)),
    Kind("keys changed", 4, fault_stories.of_keys(fault_stories.change_keys)),
    Kind("primary killed", 4, of_databases(database_stories.kill_primary), is_kill=True),
    Kind("failover", 4, of_databases(database_stories.fail_over), is_kill=True),
    Kind("failover after a restart", 3, of_databases(database_stories.fail_over_twice, cuts_link=True), is_kill=True),
    Kind("switchover", 2, of_databases(database_stories.switch_over)),
    Kind("primary stopped", 2, of_databases(database_stories.stop_primary)),
    Kind("standby killed", 1, of_databases(database_stories.kill_standby)),
    Kind("cut, one way", 5, of_links(fault_stories.one_direction)),
    Kind("cut, both ways", 4, of_links(fault_stories.both_directions)),
    Kind("cut off the databases", 4, of_links(fault_stories.from_the_databases)),
    Kind("cut off all", 3, of_links(fault_stories.of_one_node)),
    Kind("databases apart", 2, of_links(fault_stories.between_databases)),
    Kind("slow link", 3, of_links(fault_stories.both_directions, SLOW)),
    Kind("slow databases", 3, of_links(fault_stories.from_the_databases, SLOW)),
)


def kinds(has_older: bool, is_signed: bool, only: list[str]) -> list[Kind]:
    """Those that can be tried; if names are given, only the ones that begin with one of them."""
    impossible = {name for name, can_be in (("older program", has_older), ("keys changed", is_signed)) if not can_be}
    return [kind for kind in KINDS if kind.name not in impossible and (not only or kind.name.startswith(tuple(only)))]
