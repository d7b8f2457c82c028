"""Servers whose account was ended by somebody else."""

import json
import ssl
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from acme.jws import JWS
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from josepy.b64 import b64decode
from josepy.jwa import ES256
from josepy.jwk import JWKEC

from Interop.certificate_authority import TRUST
from Interop.orders.applicant import Applicant
from Interop.orders.turns import Story, take_turns, until
from Interop.patience import ANSWER_WITHIN
from Interop.processes import LabError

GONE = "the authority has ended the account"


def end_accounts(applicants: Sequence[Applicant]) -> None:
    """The accounts of two servers end: of one that has a certificate, and of one in the middle of its order."""
    take_turns([renewal_without_account(applicants[0]), order_without_account(applicants[1])])


def renewal_without_account(applicant: Applicant) -> Story:
    """The renewal makes another account, and says so."""
    former, account = applicant.serial(), deactivate(applicant.account_file)
    applicant.proxy.begin()
    yield from applicant.renewal()
    if applicant.serial() == former:
        raise LabError("The former certificate is shown after the renewal")
    check_other_account(applicant, account)
    applicant.check_made(accounts=1, orders=1, certificates=1)


def order_without_account(applicant: Applicant) -> Story:
    """The server is killed in its order, whose account ends before the next start: it gives the order up, and makes another."""
    proxy = applicant.proxy
    applicant.forget()
    proxy.begin(lambda answer: answer.step == "challenge")
    applicant.nuncio.start_again()
    yield from until(lambda: proxy.held is not None, 60, "a challenge is answered")
    applicant.kill()
    proxy.let_go()
    account = deactivate(applicant.account_file)
    applicant.nuncio.start_again()
    yield from until(lambda: applicant.gets_verified() == 200, 60, "there is a certificate")
    yield from until(applicant.is_at_rest, 60, "nothing is left to do")
    check_other_account(applicant, account)
    applicant.check_made(accounts=2, orders=2, certificates=1)
    applicant.check_log()


def check_other_account(applicant: Applicant, former: str) -> None:
    if applicant.account_url() == former:
        raise LabError("The account that has ended is still stored")
    if not applicant.processes.has_logged("nuncio", GONE):
        raise LabError(f"The log does not say that {GONE}")
    applicant.check_files()


def deactivate(account_file: Path) -> str:
    """Deactivates the account of a file in Nuncio's certificate folder (RFC 8555 section 7.3.6); returns its URL."""
    stored = json.loads(account_file.read_text())
    # The file of the trust is that of the proxy, by which the account was made.
    context = ssl.create_default_context(cafile=account_file.parent.parent / TRUST)
    with urllib.request.urlopen(stored["directory"], timeout=ANSWER_WITHIN, context=context) as answer:
        new_nonce = json.load(answer)["newNonce"]
    with urllib.request.urlopen(new_nonce, timeout=ANSWER_WITHIN, context=context) as answer:
        nonce = b64decode(answer.headers["Replay-Nonce"])
    url = str(stored["url"])
    signed = JWS.sign(
        b'{"status":"deactivated"}',
        key=JWKEC(key=load_pem_private_key(stored["key"].encode(), password=None)),
        alg=ES256,
        nonce=nonce,
        url=url,
        kid=url,
    )
    request = urllib.request.Request(url, signed.json_dumps().encode(), {"Content-Type": "application/jose+json"})
    with urllib.request.urlopen(request, timeout=ANSWER_WITHIN, context=context) as answer:
        status = json.load(answer)["status"]
    if status != "deactivated":
        raise LabError(f"The authority says that the account is {status}")
    return url
