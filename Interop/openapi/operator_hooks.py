"""The facts that the operator's description cannot tell Schemathesis: the names, labels and ids that exist.

Each case that names a delegate, group or token gets its own, so that it does not matter what other cases have ended, disabled
or filled. A case that names one of an earlier case, as the cases of a sequence do, keeps it.
"""

import itertools
import os
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import schemathesis
from schemathesis import AuthContext, HookContext, Response

from Interop.accounts import CHALLENGE_VALUE
from Interop.openapi.generation import FUTURE, UUID, AnyCase, move_into_future, session, spelled_like
from Interop.patience import ANSWER_WITHIN

SERVER = os.environ["NUNCIO_OPERATOR_URL"]
PUBLIC_SERVER = os.environ["NUNCIO_URL"]
AUTHORIZATION = "Bearer " + os.environ["NUNCIO_OPERATOR_TOKEN"]
ZONE = os.environ["NUNCIO_ZONE"]
NAME = re.compile(r"([A-Za-z0-9_-]{1,63})((?:\.[A-Za-z0-9_-]{1,63})*\.?)")
LABEL = re.compile(r"[A-Za-z0-9._-]{1,64}")
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

numbers = itertools.count()
# Made by earlier cases: names and labels; and by the id of a key, its owner's path.
made: set[str] = set()
owners: dict[str, str] = {}


Json = dict[str, Any]


@dataclass
class Owner:
    """A delegate or group, with keys."""

    path: str
    name: str
    keys: list[Json]


# MARK: Making


def ask(method: str, path: str, body: object = None, *, server: str = SERVER, headers: dict[str, str] | None = None) -> Json:
    headers = headers or {"Authorization": AUTHORIZATION}
    response = session.request(method, server + path, json=body, headers=headers, timeout=ANSWER_WITHIN)
    response.raise_for_status()
    answer: Json = response.json() if response.content else {}
    return answer


def fresh(what: str) -> str:
    return f"{what}-{next(numbers)}"


def make_delegate() -> Owner:
    name = fresh("delegate")
    return Owner(f"/v1/delegates/{name}", name, [ask("POST", "/v1/delegates", {"name": name})])


def make_group() -> Owner:
    label = fresh("group")
    ask("POST", "/v1/groups", {"label": label})
    owner = Owner(f"/v1/groups/{label}", label, [])
    add_key(owner)
    return owner


def make_token() -> str:
    label = fresh("token")
    ask("POST", "/v1/tokens", {"label": label})
    return label


def add_key(owner: Owner) -> None:
    owner.keys.append(ask("POST", f"{owner.path}/keys"))


def live(delegate: Owner) -> None:
    """Makes most things happen to a delegate that can happen to it, so that later requests show them."""
    key = delegate.keys[0]
    ask(
        "POST",
        "/update",
        {"subdomain": delegate.name, "txt": CHALLENGE_VALUE},
        server=PUBLIC_SERVER,
        headers={"X-Api-User": key["username"], "X-Api-Key": key["password"]},
    )
    ask("PATCH", f"{delegate.path}/keys/{key['username']}", {"label": "web", "allowfrom": ["192.0.2.0/24"], "expires": FUTURE})
    ask("PUT", f"{make_group().path}/members/{delegate.name}")
    match next(numbers) % 3:
        case 0:
            ask("POST", f"{delegate.path}/disable")
        case 1:
            ask("DELETE", delegate.path)


# MARK: What is sent


@schemathesis.auth(refresh_interval=None)
class Operator:
    def get(self, case: AnyCase, context: AuthContext) -> str:
        return AUTHORIZATION

    def set(self, case: AnyCase, authorization: str, context: AuthContext) -> None:
        case.headers["Authorization"] = authorization


@schemathesis.hook
def before_call(context: HookContext, case: AnyCase, kwargs: Json) -> None:
    """Puts names that exist into most cases."""
    if case.headers.get("Authorization") != AUTHORIZATION:
        return  # this one is sent without the token
    parameters, number = case.path_parameters, next(numbers)
    if "{id}" in case.path and (owner := owners.get(parameters["id"])):
        parameters["name" if owner.startswith("/v1/delegates/") else "label"] = owner.split("/")[3]
    elif number % 8 != 0:  # else the name does not exist
        name_what_is_there(case, parameters, number)
    if isinstance(case.body, dict):
        move_into_future(case.body)
        use_unused_names(case.body, number)


def name_what_is_there(case: AnyCase, parameters: Json, number: int) -> None:
    delegate = group = None
    if "zone" in parameters:
        parameters["zone"] = ZONE
    if is_to_name(parameters.get("name"), NAME):
        delegate = make_delegate()
        parameters["name"] = whole_if_whole(parameters["name"], delegate.name)
    if is_to_name(parameters.get("label"), LABEL):
        if case.path.startswith("/v1/tokens/"):
            parameters["label"] = make_token()
        else:
            group = make_group()
            parameters["label"] = group.name
    if delegate and case.method != "PUT" and number % 4 != 0:  # else it has no such domain
        domain = quote(parameters.get("domain", "example.com"), safe="")
        session.put(
            f"{SERVER}{delegate.path}/domains/{domain}", headers={"Authorization": AUTHORIZATION}, timeout=ANSWER_WITHIN
        )
    if delegate and group and number % 4 != 0:  # else it is no member
        ask("PUT", f"{group.path}/members/{delegate.name}")
    if not (owner := delegate or group):
        return
    if "{id}" in case.path and UUID.fullmatch(parameters["id"]):
        if number % 4 != 1:  # else it is the only one
            add_key(owner)
        if number % 4 != 2:  # else there is no such key
            parameters["id"] = spelled_like(parameters["id"], owner.keys[-1]["username"])
    elif case.path.endswith("/keys") and number % 4 == 0:
        add_key(owner)  # so there are too many
    elif case.method == "GET" and delegate and number % 2 == 0:
        live(delegate)


def use_unused_names(body: Json, number: int) -> None:
    """Replaces names and labels by unused ones of the same length, and tokens by existing ones."""
    for field, form in (("name", NAME), ("label", LABEL)):
        if isinstance(text := body.get(field), str) and number % 4 != 0 and (match := form.fullmatch(text)):
            label = match.group(1) if field == "name" else text
            if len(label) >= 4 and text not in made:
                body[field] = whole_if_whole(text, label[:-4] + four_digits(number))
    if is_to_name(body.get("token"), LABEL) and number % 4 != 1:  # else there is no such token
        body["token"] = make_token()
    if isinstance(name := body.get("name"), str) and "." in name and NAME.fullmatch(name):
        body["name"] = whole_if_whole(name, name.split(".")[0])


def is_to_name(text: object, form: re.Pattern[str]) -> bool:
    return isinstance(text, str) and text not in made and bool(form.fullmatch(text))


def whole_if_whole(example: str, label: str) -> str:
    if "." not in example:
        return label
    return f"{label}.{ZONE}" + ("." if example.endswith(".") else "")


def four_digits(number: int) -> str:
    return "".join(DIGITS[number // 36**place % 36] for place in reversed(range(4)))


@schemathesis.hook
def after_call(context: HookContext, case: AnyCase, response: Response) -> None:
    if response.status_code != 201:
        return
    answer = response.json()
    made.update(text for field in ("fulldomain", "name", "label", "group") if (text := answer.get(field)))
    if "username" in answer:
        owner = f"/v1/groups/{answer['group']}" if "group" in answer else f"/v1/delegates/{answer['fulldomain']}"
        owners[answer["username"]] = owner
