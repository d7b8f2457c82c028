"""A client of the API that nuncio and acme-dns have in common."""

import json
import urllib.request
from dataclasses import dataclass

from Interop.patience import ANSWER_WITHIN

# 43 characters, as a challenge value has.
CHALLENGE_VALUE = "LPsIwTo7o8BoG0-vjCyGQGBWSVIPxI-i_X336eUOQZo"


@dataclass(frozen=True)
class Account:
    """A delegate and its credential, as `register` answers them."""

    subdomain: str
    fulldomain: str
    username: str
    password: str

    @classmethod
    def of(cls, answer: dict[str, str]) -> "Account":
        return cls(answer["subdomain"], answer["fulldomain"], answer["username"], answer["password"])

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Api-User": self.username, "X-Api-Key": self.password}


def register(url: str) -> Account:
    return Account.of(_post(f"{url}/register", {}, {}))


def publish(url: str, account: Account, value: str) -> None:
    """Publishes a challenge value at the account's delegate."""
    _post(f"{url}/update", {"subdomain": account.subdomain, "txt": value}, account.headers)


def _post(url: str, body: dict[str, str], headers: dict[str, str]) -> dict[str, str]:
    request = urllib.request.Request(
        url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"} | headers
    )
    # Without the proxy that the environment may name.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=ANSWER_WITHIN) as response:
        answer: dict[str, str] = json.load(response)
    return answer
