"""Nuncio is killed at each step of its order of a certificate, loses its account, and binds one to an account elsewhere.

Several servers work at the same time. Each has a proxy of its own to Pebble, which holds back the answer at which the server is
killed.
"""

import sys
from functools import partial
from pathlib import Path

from Interop.end_to_end import Report, run_in
from Interop.orders.applicant import Applicant
from Interop.orders.ended_accounts import end_accounts
from Interop.orders.external_accounts import BINDING, bind_accounts
from Interop.orders.kills_in_orders import kill_at_each_answer, kill_in_renewals
from Interop.processes import LabError
from Interop.resolver import Resolver
from Interop.runs import summary
from Interop.secure_lab import SecureLab

# The number of servers that work at the same time.
APPLICANTS = 6

# Each order has authorizations of its own.
ENVIRONMENT = {"PEBBLE_AUTHZREUSE": "0"}


class OrdersLab(SecureLab):
    """The lab with several servers, each with a zone of its own."""

    def __init__(self, nuncio: Path, prefix: str) -> None:
        super().__init__(nuncio, prefix)
        self.applicants = [Applicant(self, f"delegates{number}.example.net") for number in range(1, APPLICANTS + 1)]

    def bring_up(self) -> None:
        """The servers start first: the resolver must know their keys."""
        for applicant in self.applicants:
            applicant.start_nuncio()
        self.resolver = Resolver(self.processes, *(applicant.nuncio for applicant in self.applicants), port=self.resolver_port)
        self.start_authority(environment=ENVIRONMENT)
        self._meet_authority()

    def bind_accounts(self) -> None:
        self.restart_authority(BINDING, ENVIRONMENT)
        self._meet_authority()
        bind_accounts(self.applicants)

    def _meet_authority(self) -> None:
        self.trust_root()
        for applicant in self.applicants:
            applicant.meet_authority()

    def stop(self) -> list[str]:
        complaints = [complaint for applicant in self.applicants for complaint in applicant.stop()]
        return complaints + super().stop()


def run_cases(lab: OrdersLab, report: Report) -> None:
    def stop() -> None:
        complaints = lab.stop()
        if complaints:
            raise LabError("\n".join(complaints))

    for title, body in (
        (f"{APPLICANTS} servers, Unbound and Pebble start", lab.bring_up),
        ("killed at each answer of the first order", partial(kill_at_each_answer, lab.applicants)),
        ("killed in a renewal", partial(kill_in_renewals, lab.applicants)),
        ("an account that was ended", partial(end_accounts, lab.applicants)),
        ("an authority that binds accounts, with the right key and wrong ones", lab.bind_accounts),
        ("all of them end on SIGTERM", stop),
    ):
        report.case(title, body)
        if report.failed:
            return


def main() -> int:
    return run_in(OrdersLab, "orders", summary(__doc__), run_cases)


if __name__ == "__main__":
    sys.exit(main())
