"""One run: the laboratory, the clients and askers in it, the faults, and the end."""

import random
import time
from dataclasses import dataclass
from pathlib import Path

from Interop.cluster import cluster_resolver
from Interop.cluster.askers import Asker
from Interop.cluster.cluster_clients import Clients
from Interop.cluster.cluster_hosts import NODES
from Interop.cluster.cluster_network import Network
from Interop.cluster.cluster_node import Node
from Interop.cluster.cluster_report import progress
from Interop.cluster.cluster_resolver import ClusterResolver
from Interop.cluster.database_pair import DatabasePair
from Interop.cluster.director import Director
from Interop.cluster.events import ACKNOWLEDGED, History, Note
from Interop.cluster.fault_kinds import kinds
from Interop.cluster.fault_stories import Laboratory
from Interop.cluster.final_questions import ask_for_all, await_agreement
from Interop.cluster.unconfirmed import confirm_everything_at_once
from Interop.processes import LabError, Processes, wait_until


@dataclass(frozen=True)
class Wishes:
    """What the command line asks for."""

    nuncio: Path
    older: Path | None
    seconds: float
    kills: int
    seed: int
    rate: float
    only: list[str]
    is_unconfirmed: bool
    is_signed: bool


class ClusterRun:
    PROGRESS_EVERY = 5.0  # seconds
    QUESTIONS = 30.0  # a second, to each node, besides one after each acknowledged update
    QUESTIONS_TO_RESOLVER = 20.0
    KEY_CHANGES_TO_JUDGE = 4  # of fewer, all may have met other faults

    def __init__(self, processes: Processes, wishes: Wishes) -> None:
        self._processes, self._wishes = processes, wishes
        self._began = time.monotonic()
        self.history = History()
        self._kinds = kinds(wishes.older is not None, wishes.is_signed, wishes.only)

    def now(self) -> float:
        return time.monotonic() - self._began

    def note(self, text: str) -> None:
        self.history.notes.append(Note(self.now(), text))

    def run(self) -> None:
        network = Network(self._processes)
        self._processes.run(["ip", "link", "set", "lo", "up"])
        databases = DatabasePair(self._processes, self.note)
        databases.start()
        is_signed = self._wishes.is_signed
        nodes = {name: Node(self._processes, name, self._wishes.nuncio, self.note, is_signed=is_signed) for name in NODES}
        for node in nodes.values():
            node.start()
            wait_until(node.is_ready, 20, f"{node.name} is ready")
        if self._wishes.is_unconfirmed:
            confirm_everything_at_once(databases)
        ClusterResolver(self._processes, nodes["ns1"].delegation_signers() if is_signed else [])
        self.history.validator = cluster_resolver.NAME if is_signed else None
        chance = random.Random(self._wishes.seed)
        lab = Laboratory(network, databases, nodes, chance, self._wishes.older)
        self._break(lab, Director(lab, self._kinds, self.history, self.now))
        self.history.key_changes = lab.key_changes
        if len(lab.key_changes) >= self.KEY_CHANGES_TO_JUDGE and 0 not in lab.key_changes:
            raise LabError("no change of keys was made")

    def _break(self, lab: Laboratory, director: Director) -> None:
        servers = {**NODES, cluster_resolver.NAME: cluster_resolver.ADDRESS}
        askers = [
            Asker(
                server,
                address,
                self.history,
                self.now,
                rate=self.QUESTIONS if server in NODES else self.QUESTIONS_TO_RESOLVER,
                seed=self._wishes.seed,
                one_at_a_time=server not in NODES,
            )
            for server, address in servers.items()
        ]

        def ask(delegate: str) -> None:
            for asker in askers:
                asker.ask(delegate)

        clients = Clients(self.history, self._wishes.rate, self.now, ask, self._wishes.seed)
        for asker in askers:
            asker.start()
        clients.start()
        try:
            self._lead(lab, director)
            director.heal()
            self.note("everything is healed")
        except LabError:
            self._write_stacks(lab)
            raise
        finally:
            clients.stop()
            self.history.deaths += [death for node in lab.nodes.values() for death in node.died]
        acknowledged = [update.delegate for update in self.history.updates if update.status == ACKNOWLEDGED]
        self.history.healing = await_agreement(acknowledged[-1] if acknowledged else None, self.now)
        if self.history.healing.seconds is None:
            self._write_stacks(lab)
        for asker in askers:
            asker.stop()
        self.history.answers += ask_for_all(dict.fromkeys(acknowledged), self.now)

    def _write_stacks(self, lab: Laboratory) -> None:
        for node in lab.nodes.values():
            node.write_stacks()

    def _lead(self, lab: Laboratory, director: Director) -> None:
        """Breaks things until the time is over, and until there were as many kills as wished."""
        end, shown_at = self.now() + self._wishes.seconds, 0.0
        while self.now() < end or lab.kills < self._wishes.kills:
            director.act(kills_only=self.now() >= end)
            if self.now() >= shown_at + self.PROGRESS_EVERY:
                shown_at = self.now()
                progress(self.history, shown_at, director.going)
            time.sleep(0.02)
