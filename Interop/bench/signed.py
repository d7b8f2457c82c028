"""The cost of a signed answer, beside the same answer without a signature and beside Knot DNS, which signs every answer afresh.

As in answering.py, the servers run at once and alternate within a round. All queries come over UDP, with DO set.
"""

from functools import partial

from Interop.bench.answer_verification import verify, verify_signed
from Interop.bench.contenders import Contender, KnotOnlinesign, Nuncio, NuncioSigned
from Interop.bench.delegates_and_queries import EDNS_WITH_DO
from Interop.bench.load import Measurement, Outcome, ask, dnsperf, measure
from Interop.bench.results import Goal, Results, Table, median
from Interop.bench.workshop import Workshop
from Interop.processes import LabError

# All by dnsperf, except “signed flood”, which is TXT as fast as our own client can. Each name that does not exist needs its own
# signature, because the queries go through far more of them than nuncio keeps signatures for.
CONTENDERS: dict[str, tuple[type[Contender], ...]] = {
    "signed txt": (Nuncio, NuncioSigned, KnotOnlinesign),
    "signed nxdomain": (NuncioSigned, KnotOnlinesign),
    "signed flood": (Nuncio, NuncioSigned, KnotOnlinesign),
}
SIGNED_CASES = list(CONTENDERS)
# For each case: the server to compare with, and the limit on the share of that server's CPU.
LIMITS: dict[str, tuple[type[Contender], float]] = {"signed txt": (Nuncio, 1.15), "signed nxdomain": (KnotOnlinesign, 1 / 3)}


class Signed:
    def __init__(self, workshop: Workshop, results: Results, count: int, cases: list[str], rounds: int, seconds: float) -> None:
        self._workshop, self._results, self._count = workshop, results, count
        self._cases, self._rounds, self._seconds = cases, rounds, seconds
        self._queries = workshop.queries(count)
        self._found: dict[str, list[Measurement]] = {case: [] for case in cases}
        self._octets: dict[str, dict[str, int]] = {}

    def run(self) -> None:
        if not NuncioSigned.is_possible(self._workshop):
            self._workshop.progress("this nuncio signs nothing: the signed cases are left out")
            return
        servers = []
        for kind in dict.fromkeys(kind for case in self._cases for kind in CONTENDERS[case]):
            self._workshop.progress(f"starting {kind.name} with {self._count:,} delegates")
            servers.append(kind(self._workshop, self._count, "signed").start_pinned())
            self._octets[kind.name] = verify(servers[-1]) | ({} if kind is Nuncio else verify_signed(servers[-1]))
        for case in self._cases:
            self._workshop.progress(f"signed answers, warming up: {case}")
            for server in self._of(case, servers):
                self._send(server, case, 0.5)
        for round_ in range(1, self._rounds + 1):
            self._workshop.progress(f"signed answers, round {round_} of {self._rounds}: {len(self._cases)} cases")
            for case in self._cases:
                for server in self._of(case, servers):
                    self._found[case].append(measure(server, round_, partial(self._send, server, case, self._seconds)))
        self._results.raw["signed"] = {case: [one.raw() for one in found] for case, found in self._found.items()}
        self._tell()
        for server in reversed(servers):
            server.stop()

    def _of(self, case: str, servers: list[Contender]) -> list[Contender]:
        return [server for server in servers if type(server) in CONTENDERS[case]]

    def _send(self, server: Contender, case: str, seconds: float) -> Outcome:
        kind = "nxdomain" if case == "signed nxdomain" else "txt"
        if case == "signed flood":
            outcome = ask(server, self._queries.octets(kind, EDNS_WITH_DO), "do", "udp", seconds)
        else:
            outcome = dnsperf(server, self._queries.text(kind), "do", "udp", seconds)
        # A truncated or unsigned response has NOERROR as well. dnsperf reports whole octets.
        if outcome.response_octets < self._octets[server.name][kind] - 1:
            raise LabError(
                f"{server.name} answers “{case}” with {outcome.response_octets:.0f} octets, and not with "
                f"{self._octets[server.name][kind]}"
            )
        return outcome

    def _tell(self) -> None:
        table = Table(
            f"Signed answers, UDP with DO: server CPU for a query, in µs; {self._count:,} delegates, {self._rounds} rounds of "
            f"{self._seconds:g} s",
            ["case", "server", "µs", "busy", "to unsigned", "to knot", "queries/s", "octets"],
            note="“To unsigned”: the ratio to nuncio without signatures, in the same round. “To knot”: to Knot's "
            "mod-onlinesign.\n"
            "Signatures of ECDSA P-256: for TXT nuncio has made its one before, Knot makes one; for a name that does not "
            "exist\nnuncio makes one, Knot two. “Busy” below 95 %: the client was the slower one, and queries/s are the "
            "client's.",
        )
        for case in self._cases:
            for kind in CONTENDERS[case]:
                found = self._by(case, kind)
                ratios = [
                    self._ratio(case, kind, peer) if peer in CONTENDERS[case] else None for peer in (Nuncio, KnotOnlinesign)
                ]
                table.rows.append(
                    [
                        case,
                        kind.name,
                        f"{median(one.microseconds for one in found):.2f}",
                        f"{median(one.busy for one in found):.0%}",
                        *("" if ratio is None else f"{ratio:.3f}" for ratio in ratios),
                        f"{median(one.rate for one in found):,.0f}",
                        f"{median(one.response_octets for one in found):.0f}",
                    ]
                )
            if case in LIMITS:
                peer, limit = LIMITS[case]
                name = "unsigned" if peer is Nuncio else "Knot's onlinesign"
                self._results.goals.append(
                    Goal(f"CPU per query, {case}, ratio to {name}", self._ratio(case, NuncioSigned, peer), limit)
                )
        self._results.tables.append(table)

    def _by(self, case: str, kind: type[Contender]) -> list[Measurement]:
        return [one for one in self._found[case] if one.server == kind.name]

    def _ratio(self, case: str, kind: type[Contender], peer: type[Contender]) -> float:
        """The median of each round's ratio: what slows a whole round down does not show in it."""
        pairs = zip(self._by(case, kind), self._by(case, peer), strict=True)
        return median(one.microseconds / other.microseconds for one, other in pairs)
