"""Servers whose authority binds accounts to others, elsewhere (RFC 8555 section 7.3.4)."""

from collections.abc import Sequence

from Interop.orders.applicant import Applicant
from Interop.orders.ended_accounts import GONE
from Interop.orders.turns import Story, take_turns, until
from Interop.processes import LabError

KEY_ID = "key-1"
MAC_KEY = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
OTHER_KEY = MAC_KEY[::-1]

# What Pebble is made to do.
BINDING: dict[str, object] = {"externalAccountBindingRequired": True, "externalAccountMACKeys": {KEY_ID: MAC_KEY}}


def bind_accounts(applicants: Sequence[Applicant]) -> None:
    """The right key, and then what can be wrong."""
    take_turns(
        [
            bound(applicants[0]),
            unbound(applicants[1], KEY_ID, OTHER_KEY),
            unbound(applicants[2], "key-2", MAC_KEY),
            unbound(applicants[3], None, ""),
        ]
    )


def bound(applicant: Applicant) -> Story:
    applicant.forget()
    applicant.proxy.begin()
    give_key(applicant, KEY_ID, MAC_KEY)
    applicant.nuncio.start_again()
    yield from until(applicant.is_at_rest, 60, "there is a certificate of an authority that binds accounts")
    applicant.serial()
    applicant.check_made(accounts=1, orders=1, certificates=1)
    applicant.check_files()


def unbound(applicant: Applicant, key_id: str | None, key: str) -> Story:
    """With a wrong key, or none, the status says why there is no account. The right key mends it."""
    applicant.forget()
    applicant.proxy.begin()
    if key_id:
        give_key(applicant, key_id, key)
    applicant.nuncio.start_again()
    yield from until(lambda: applicant.certificate()["state"] == "failed", 60, "the attempt has failed")
    check_refusal(applicant)
    # A second attempt meets the key that the first one has stored.
    yield from applicant.renewal(status=5)
    check_refusal(applicant)
    applicant.check_made(accounts=0, orders=0, certificates=0)
    give_key(applicant, KEY_ID, MAC_KEY)
    applicant.restart_nuncio()
    yield from applicant.renewal()
    applicant.serial()
    applicant.check_made(accounts=1, orders=1, certificates=1)
    applicant.check_files()


def check_refusal(applicant: Applicant) -> None:
    problem = str(applicant.certificate()["last_problem"])
    if "external account" not in problem:
        raise LabError(f"The status does not name the external account: {problem}")
    if applicant.processes.has_logged("nuncio", GONE):
        raise LabError(f"The log says that {GONE}, and there was none")
    if applicant.has_certificate:
        raise LabError("There is a certificate without an account")
    applicant.check_pending()


def give_key(applicant: Applicant, key_id: str, key: str) -> None:
    (applicant.directory / "external.key").write_text(f"{key}\n")
    applicant.nuncio.use_external_account(key_id, "external.key")
