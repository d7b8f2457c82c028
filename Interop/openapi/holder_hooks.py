"""The facts that the description cannot tell Schemathesis: the rights of each key, and times in the future.

Each case that needs a key gets its own delegate, so that it does not matter what other cases have ended, restricted or filled.
A case that names a delegate or key of an earlier one, as the cases of a sequence do, gets a key of that delegate instead.
"""

import base64
import itertools
import os
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import schemathesis
from schemathesis import AuthContext, HookContext, Response

from Interop.accounts import CHALLENGE_VALUE
from Interop.openapi.generation import FUTURE, UUID, AnyCase, move_into_future, session, spelled_like
from Interop.patience import ANSWER_WITHIN

SERVER = os.environ["NUNCIO_URL"]
LABEL = re.compile(r"[a-z0-9_-]{1,63}")

# MARK: Holders


@dataclass
class Holder:
    """The holder of a delegate: its label and its keys. Requests carry the first key."""

    subdomain: str
    keys: list[tuple[str, str]] = field(default_factory=list)

    def headers(self) -> dict[str, str]:
        return dict(zip(("X-Api-User", "X-Api-Key"), self.keys[0], strict=True))


numbers = itertools.count()
# By labels and by ids of keys.
holders: dict[str, Holder] = {}


def remember(credential: dict[str, str]) -> Holder:
    holder = holders.setdefault(credential["subdomain"], Holder(credential["subdomain"]))
    holder.keys.append((credential["username"], credential["password"]))
    holders[credential["username"]] = holder
    return holder


def ask(path: str, headers: dict[str, str] | None = None) -> dict[str, str]:
    response = session.post(SERVER + path, timeout=ANSWER_WITHIN, headers=headers)
    response.raise_for_status()
    answer: dict[str, str] = response.json()
    return answer


def enrol() -> Holder:
    return remember(ask("/register"))


def add_key(holder: Holder) -> None:
    remember(ask("/api/v1/keys", headers=holder.headers()))


def live(holder: Holder) -> None:
    """Makes most things happen to a delegate that can happen to it, so that its history has them."""
    add_key(holder)
    wrong = {"X-Api-User": holder.keys[0][0], "X-Api-Key": "wrong"}
    update = {"subdomain": holder.subdomain, "txt": CHALLENGE_VALUE}
    own, other = holder.headers(), f"/api/v1/keys/{holder.keys[1][0]}"
    for method, path, headers, body in (
        ("GET", "/api/v1/check", wrong, None),
        ("PATCH", other, own, {"label": "other", "expires": FUTURE}),
        ("DELETE", "/api/v1/values", own, None),
        ("POST", "/update", own, update),
    ):
        session.request(method, SERVER + path, headers=headers, json=body, timeout=ANSWER_WITHIN)
    if next(numbers) % 2 == 0:
        session.delete(SERVER + other, headers=own, timeout=ANSWER_WITHIN)


@schemathesis.auth(refresh_interval=None)
class OwnDelegate:
    def get(self, case: AnyCase, context: AuthContext) -> Holder | None:
        return None if case.path.endswith(("/register", "/health")) else enrol()

    def set(self, case: AnyCase, holder: Holder, context: AuthContext) -> None:
        case.headers.update(holder.headers())


@schemathesis.hook
def before_call(context: HookContext, case: AnyCase, kwargs: dict[str, Any]) -> None:
    """Fits the made-up parts together: the key that is sent, the delegate, and the key that is named."""
    holder = holders.get(case.headers.get("X-Api-User", ""))
    if holder is None:
        return  # this one is sent without a good key
    number = next(numbers)
    named = case.path_parameters.get("id") if "{id}" in case.path else None
    if named is not None:
        if known := holders.get(named):
            holder = known
        elif UUID.fullmatch(named) and number % 4 != 0:  # else there is no such key
            if number % 4 != 1:  # else it is the only one
                add_key(holder)
            case.path_parameters["id"] = spelled_like(named, holder.keys[-1][0])
    elif "/domains" in case.path:
        choose_delegate(case, holder, number)
    elif case.path.endswith("/keys") and number % 4 == 0:
        add_key(holder)  # so there are too many
    elif case.path.endswith(("/history", "/delegate")) and number % 2 == 0:
        live(holder)
    elif case.path.endswith("/update") and isinstance(case.body, dict):
        subdomain = case.body.get("subdomain")
        if isinstance(subdomain, str) and (known := holders.get(subdomain)):
            holder = known
        elif isinstance(subdomain, str) and LABEL.fullmatch(subdomain) and number % 8 != 0:  # else it is another delegate's
            case.body["subdomain"] = holder.subdomain
    case.headers.update(holder.headers())
    move_into_future(case.body)
    if number % 3 == 0:  # the other way to send it
        del case.headers["X-Api-User"], case.headers["X-Api-Key"]
        case.headers["Authorization"] = "Basic " + base64.b64encode(":".join(holder.keys[0]).encode()).decode()


def choose_delegate(case: AnyCase, holder: Holder, number: int) -> None:
    """Names the key's own delegate, and declares the domain that is to be removed."""
    if LABEL.fullmatch(str(case.query.get("subdomain", ""))) and number % 8 != 0:  # else it is another delegate's
        case.query["subdomain"] = holder.subdomain
    domain = case.path_parameters.get("domain", "example.com")
    if case.method != "PUT" and number % 4 != 0:  # else the delegate has none
        session.put(f"{SERVER}/api/v1/domains/{quote(domain, safe='')}", headers=holder.headers(), timeout=ANSWER_WITHIN)


@schemathesis.hook
def after_call(context: HookContext, case: AnyCase, response: Response) -> None:
    if response.status_code == 201:
        remember(response.json())
