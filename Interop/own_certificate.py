"""Nuncio obtains a certificate for itself from Pebble and serves its API over HTTPS; clients then use it.

The certificate has a name inside Nuncio's zone and one outside.
"""

import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import cast

from Interop.certificates import verify_chain, verify_names
from Interop.clients import Certbot, Client, Dehydrated, Lego
from Interop.end_to_end import Report, run_in
from Interop.other_authority import OTHER_ROOT, VALIDITY_DAYS, OtherAuthority
from Interop.processes import LabError, wait_until
from Interop.resolver import PARENT_ZONE
from Interop.runs import summary
from Interop.secure_lab import INSIDE, OUTSIDE, RESOLVER_AT_53, NamedConnection, SecureLab, can_serve_at_53


def pending(lab: SecureLab) -> None:
    """The port is bound and answers 503, and the status says what is missing."""
    connection = NamedConnection(lab, root=None)
    status, body = connection.get("/health")
    connection.close()
    if status != 503 or json.loads(body)["error"] != "certificate_pending":
        raise LabError(f"GET /health must be 503 certificate_pending, and is {status} {body}")
    standing = lab.certificate()
    names = [challenge["name"] for challenge in cast("list[dict[str, str]]", standing["challenges"])]
    if names != [f"_acme-challenge.{INSIDE}", f"_acme-challenge.{OUTSIDE}"] or standing["state"] == "valid":
        raise LabError(f"nuncio certificate status says {standing}")


def alias_missing(lab: SecureLab) -> None:
    """No order is made while the record outside is missing, and the problem names the record."""
    standing = lab.certificate("renew")
    problem = str(standing.get("last_problem"))
    if standing["state"] == "valid" or f"_acme-challenge.{OUTSIDE}" not in problem or "CNAME" not in problem:
        raise LabError(f"The missing record is not told: {standing}")


def first_certificate(lab: SecureLab) -> None:
    challenges = cast("list[dict[str, str]]", lab.certificate()["challenges"])
    lab.parent_zone.add_cname(OUTSIDE, challenges[1]["cname"])
    lab.resolver.read_zones_again(OUTSIDE)
    standing = lab.certificate("renew")
    if standing["state"] != "valid" or standing.get("last_problem"):
        raise LabError(f"There is no certificate: {standing}")
    if lab.get() != 200:
        raise LabError("The API does not answer 200 over the new certificate")
    for name in (INSIDE, OUTSIDE):
        connection = NamedConnection(lab, name=name)
        connection.get("/health")
        connection.close()


def renewal_beside_a_kept_connection(lab: SecureLab) -> None:
    kept = NamedConnection(lab)
    kept.get("/health")
    former = kept.serial
    if lab.certificate("renew")["state"] != "valid":
        raise LabError("The renewal failed")
    fresh = NamedConnection(lab)
    fresh.get("/health")
    if fresh.serial == former:
        raise LabError("A new connection still has the former certificate")
    if kept.get("/health")[0] != 200 or kept.serial != former:
        raise LabError("The kept connection does not go on")
    for connection in (kept, fresh):
        connection.close()


def restart(lab: SecureLab) -> None:
    """A restart shows the certificate at once, and orders none."""
    connection = NamedConnection(lab)
    connection.get("/health")
    former = connection.serial
    connection.close()
    lab.restart_nuncio()
    connection = NamedConnection(lab)
    if connection.get("/health")[0] != 200 or connection.serial != former:
        raise LabError("A restart does not show the certificate that was there")
    connection.close()


def revocation(lab: SecureLab) -> None:
    connection = NamedConnection(lab)
    connection.get("/health")
    former = connection.serial
    connection.close()
    standing = lab.certificate("revoke")
    connection = NamedConnection(lab)
    connection.get("/health")
    if standing["state"] != "valid" or connection.serial == former:
        raise LabError(f"After the revocation there must be another certificate: {standing}")
    connection.close()


def other_authority(lab: SecureLab) -> None:
    """The configuration names another authority: it is asked at the next start, and says when to renew."""
    authority = OtherAuthority(lab.processes, RESOLVER_AT_53)
    lab.nuncio.use_authority(authority.directory_url)
    lab.restart_nuncio()
    lab.trust_root(OTHER_ROOT)
    wait_until(lambda: lab.gets_verified() == 200, 60, "the certificate of the other authority is shown")

    def is_planned() -> bool:
        planned = lab.certificate().get("next_attempt")
        if not isinstance(planned, str):
            return False
        days = (datetime.fromisoformat(planned) - datetime.now(UTC)).total_seconds() / 86_400
        # Without the authority's word it would be when two thirds have passed.
        return days > VALIDITY_DAYS * 0.8

    wait_until(is_planned, 60, "the renewal is planned as the authority says")
    for action in ("renew", "revoke"):
        if lab.certificate(action)["state"] != "valid":
            raise LabError(f"nuncio certificate {action} fails with the other authority")
    if lab.get() != 200:
        raise LabError("The API does not answer 200 over the new certificate")


def client(lab: SecureLab, kind: type[Client], label: str) -> None:
    """A client enrols over HTTPS and obtains its own certificate."""
    one = kind(lab, f"{label}.{PARENT_ZONE}")
    one.register()
    lab.parent_zone.add_cname(one.domain, one.delegate)
    lab.resolver.read_zones_again(one.domain)
    issued = one.issue()
    verify_chain(lab, issued)
    verify_names(lab, issued, one.names)


# What Pebble is made to do: Debian's 2.4.0 reads these.
ROUGH: tuple[dict[str, object], dict[str, str]] = (
    {"certificateValidityPeriod": 518_400},
    {"PEBBLE_WFE_NONCEREJECT": "50", "PEBBLE_CHAIN_LENGTH": "2"},
)
REUSING: tuple[dict[str, object], dict[str, str]] = (
    {},
    {"PEBBLE_WFE_NONCEREJECT": "20", "PEBBLE_AUTHZREUSE": "100", "PEBBLE_ALTERNATE_ROOTS": "1"},
)


def run_cases(lab: SecureLab, report: Report) -> None:
    def bring_up() -> None:
        lab.start_nuncio()

    def bring_up_others() -> None:
        lab.start_resolver()
        lab.start_authority(*ROUGH)
        lab.trust_root()

    def authority_that(settings: Mapping[str, object], environment: Mapping[str, str]) -> None:
        lab.restart_authority(settings, environment)
        lab.trust_root()
        if lab.certificate("renew")["state"] != "valid":
            raise LabError("The authority that has lost its accounts gives no certificate")

    def stop() -> None:
        complaints = lab.stop()
        if complaints:
            raise LabError("\n".join(complaints))

    cases: list[tuple[str, Callable[[], None]]] = [
        ("nuncio starts without a certificate", bring_up),
        ("it answers 503 and says which records it needs", partial(pending, lab)),
        ("Unbound and Pebble start, which refuses half of all nonces", bring_up_others),
        ("without its record outside, nothing is ordered", partial(alias_missing, lab)),
        ("the first certificate, for a name inside the zone and one outside", partial(first_certificate, lab)),
        ("a renewal while a client keeps its connection", partial(renewal_beside_a_kept_connection, lab)),
        ("a restart orders nothing", partial(restart, lab)),
        ("a revocation brings another certificate", partial(revocation, lab)),
        ("an authority that has lost its accounts, and reuses authorizations", partial(authority_that, *REUSING)),
        ("an authority that refuses no nonce", partial(authority_that, {}, {})),
        ("certbot over HTTPS", partial(client, lab, Certbot, "certbot")),
        ("dehydrated with curl over HTTPS", partial(client, lab, Dehydrated, "dehydrated")),
        ("lego with nuncio publish over HTTPS", partial(client, lab, Lego, "lego")),
        *(
            [("acme2certifier, which says when to renew", partial(other_authority, lab))]
            if can_serve_at_53()
            else [("NOT RUN: acme2certifier needs a resolver at port 53", lambda: None)]
        ),
        ("all of them end on SIGTERM", stop),
    ]
    for title, body in cases:
        report.case(title, body)
        if report.failed:
            return


def main() -> int:
    return run_in(SecureLab, "own_certificate", summary(__doc__), run_cases)


if __name__ == "__main__":
    sys.exit(main())
