"""Memory, the seconds of a start, and the speed, by the number of delegates."""

from functools import partial

from Interop.bench import accounting
from Interop.bench.answer_verification import verify
from Interop.bench.contenders import Contender, Knot, Nsd, Nuncio
from Interop.bench.load import Measurement, Outcome, ask, dnsperf, measure
from Interop.bench.results import Goal, Results, Table, median
from Interop.bench.workshop import Workshop

LARGE = 1_000_000
MOST_MEBIBYTES, MOST_SECONDS = 256, 15  # for LARGE
LEAST_OF_RATE = 0.95
SATURATED = 0.95  # of the time on its processor; otherwise the client, or another program, held the rate down

Found = dict[tuple[str, int], list[Measurement]]


class Sizes:
    """All sizes of all servers run at once, so that sizes can be compared within a round."""

    def __init__(self, workshop: Workshop, results: Results, counts: list[int], rounds: int, seconds: float) -> None:
        self._workshop, self._results, self._counts = workshop, results, counts
        self._rounds, self._seconds = rounds, seconds
        self._memory: dict[tuple[str, int], accounting.Memory] = {}

    def run(self) -> None:
        servers = [self._started(kind, count) for count in self._counts for kind in (Nuncio, Nsd, Knot)]
        flood: Found = {}
        steady: Found = {}
        for server in servers:
            flood[server.name, server.count], steady[server.name, server.count] = [], []
            self._flood(server, 0.3)
            self._steady(server, 0.3)
        for round_ in range(1, self._rounds + 1):
            self._workshop.progress(f"sizes, round {round_} of {self._rounds}")
            for kind in (Nuncio, Nsd, Knot):
                for server in (server for server in servers if server.name == kind.name):
                    place = server.name, server.count
                    flood[place].append(measure(server, round_, partial(self._flood, server, self._seconds)))
                    steady[place].append(measure(server, round_, partial(self._steady, server, self._seconds)))
        self._tell(servers, flood, steady)
        for server in reversed(servers):
            server.stop()

    def _started(self, kind: type[Contender], count: int) -> Contender:
        server = kind(self._workshop, count, "sizes")
        self._workshop.progress(f"starting {server.name} with {count:,} delegates")
        # It starts with all processors, as a user would start it; only then it gets one.
        server.start()
        accounting.pin(server.process.pid, self._workshop.server_processor)
        verify(server)
        self._memory[server.name, count] = server.memory()
        return server

    def _flood(self, server: Contender, seconds: float) -> Outcome:
        return ask(server, self._workshop.queries(server.count).octets("txt"), "txt", "udp", seconds)

    def _steady(self, server: Contender, seconds: float) -> Outcome:
        return dnsperf(server, self._workshop.queries(server.count).text("txt"), "txt", "udp", seconds)

    def _tell(self, servers: list[Contender], flood: Found, steady: Found) -> None:
        table = Table(
            "By the number of delegates: start, memory, and TXT of random names over UDP",
            [
                "server",
                "delegates",
                "start s",
                "RSS MiB",
                "PSS MiB",
                "µs",
                "to least",
                "queries/s",
                "busy",
                "to least",
                "if all busy",
            ],
            note="Start: to the line “ready” (nuncio), to the first answer (peers). RSS and PSS of all processes together: "
            "NSD's share pages, which RSS counts\nonce for each. µs: by dnsperf; queries/s and busy: by our own client. "
            "“To least”: the ratio to the least number of delegates, in the same round.\n“If all busy”: "
            "that ratio if each had been on its processor all the time, queries/s ÷ busy.",
        )
        raw = self._results.raw["sizes"] = []
        for name in dict.fromkeys(server.name for server in servers):
            for server in (server for server in servers if server.name == name):
                place, least = (name, server.count), (name, self._counts[0])
                memory = self._memory[place]
                floods = list(zip(flood[place], flood[least], strict=True))
                steadies = zip(steady[place], steady[least], strict=True)
                cost = median(one.microseconds / base.microseconds for one, base in steadies)
                rate = median(one.rate / base.rate for one, base in floods)
                capacity = median(base.microseconds / one.microseconds for one, base in floods)
                table.rows.append(
                    [
                        name,
                        f"{server.count:,}",
                        f"{server.start_seconds:.2f}",
                        f"{memory.resident / accounting.MEBIBYTE:.0f}",
                        f"{memory.proportional / accounting.MEBIBYTE:.0f}",
                        f"{median(one.microseconds for one in steady[place]):.2f}",
                        f"{cost:.3f}",
                        f"{median(one.rate for one in flood[place]):,.0f}",
                        f"{median(one.busy for one in flood[place]):.0%}",
                        f"{rate:.3f}",
                        f"{capacity:.3f}",
                    ]
                )
                raw.append(
                    {
                        "server": name,
                        "delegates": server.count,
                        "start_seconds": server.start_seconds,
                        "resident": memory.resident,
                        "proportional": memory.proportional,
                        "flood": [one.raw() for one in flood[place]],
                        "dnsperf": [one.raw() for one in steady[place]],
                    }
                )
                if name == Nuncio.name and server.count != self._counts[0] and server.count == self._counts[-1]:
                    busy = min(median(one.busy for one in flood[each]) for each in (place, least))
                    self._judge(server, memory, rate, capacity, busy)
        self._results.tables.append(table)

    def _judge(self, server: Contender, memory: accounting.Memory, rate: float, capacity: float, busy: float) -> None:
        name = f"queries/s at {server.count:,} delegates, ratio to {self._counts[0]:,}"
        goals = [Goal(name, rate, LEAST_OF_RATE, True)]
        if busy < SATURATED:
            # Two rates that something else held down are alike, and say nothing about the server.
            note = f"if all busy; it was busy for {busy:.0%}, and the rates were as {rate:.3f}"
            goals = [Goal(name, capacity, LEAST_OF_RATE, True, note)]
        if server.count >= LARGE:
            goals += [
                Goal(
                    f"memory at {server.count:,} delegates, MiB resident", memory.resident / accounting.MEBIBYTE, MOST_MEBIBYTES
                ),
                Goal(f"start with {server.count:,} delegates, s", server.start_seconds, MOST_SECONDS),
            ]
        self._results.goals += goals
