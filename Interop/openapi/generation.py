"""The parts that made-up requests to both APIs share."""

import datetime
import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import requests
import schemathesis
import schemathesis.cli
from hypothesis import strategies
from schemathesis import Case, CheckContext, Response
from schemathesis.engine import Status
from schemathesis.engine.events import EngineEvent, ScenarioFinished

AnyCase = Case[Any]
OUTCOME = Path(os.environ["NUNCIO_OUTCOME"])
UUID = re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
FUTURE = "2100-01-01T00:00:00Z"

session = requests.Session()
session.trust_env = False

# A key must end in the future, in the only form of RFC 3339 that the description has.
schemathesis.openapi.format(
    "date-time", strategies.datetimes(datetime.datetime(2100, 1, 1)).map(lambda time: time.strftime(TIME_FORMAT))
)


def move_into_future(body: object) -> None:
    """Sequences of requests take times from the server's answers."""
    if not isinstance(body, dict) or not isinstance(time := body.get("expires"), str):
        return
    now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=5)
    if TIME.fullmatch(time) and time < now.strftime(TIME_FORMAT):
        body["expires"] = FUTURE


def spelled_like(example: str, text: str) -> str:
    text = text if "-" in example else text.replace("-", "")
    return text.upper() if example.isupper() else text


@schemathesis.check
def refusals_are_json(context: CheckContext, response: Response, case: AnyCase) -> None:
    """Any refusal, even of a method or type that the description lacks, has a code for programs and a sentence for people."""
    if response.status_code < 400 or response.request.method == "HEAD":
        return
    refusal = response.json()
    without_sentence = {"forbidden", "internal_error"}
    fields = {"error"} if refusal.get("error") in without_sentence else {"error", "detail"}
    assert set(refusal) == fields, f"unexpected fields: {refusal}"
    if response.status_code == 405:
        assert refusal["error"] == "method_not_allowed", refusal["error"]


@schemathesis.cli.handler()
class Tally(schemathesis.cli.EventHandler[Any]):
    """Counts the cases of each operation, and the failed ones, for the run to print."""

    def __init__(self, *arguments: object, **options: object) -> None:
        self.cases: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.statuses: dict[str, Counter[int]] = {}

    def handle_event(self, context: Any, event: EngineEvent) -> None:
        if not isinstance(event, ScenarioFinished):
            return
        for identifier, case in event.recorder.cases.items():
            label = case.value.operation.label
            checks = event.recorder.checks.get(identifier, [])
            self.cases[label] += 1
            self.failures[label] += any(check.status == Status.FAILURE for check in checks)
            if (interaction := event.recorder.interactions.get(identifier)) and interaction.response:
                self.statuses.setdefault(label, Counter())[interaction.response.status_code] += 1

    def shutdown(self, context: Any) -> None:
        OUTCOME.write_text(
            json.dumps(
                [
                    [label, count, self.failures[label], sorted(self.statuses.get(label, {}).items())]
                    for label, count in self.cases.items()
                ]
            )
        )
