"""Reads the table of questions and fills in the names of this run."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from Interop.internet.addresses import CUSTOMER, ZONE
from Interop.internet.zone_content import BIG_VALUES, Delegate, new_label

TABLE = Path(__file__).with_name("questions.txt")


@dataclass(frozen=True)
class Question:
    title: str
    how: str
    record_type: str
    name: str
    answer: str

    def filled(self, values: dict[str, str]) -> "Question":
        def fill(text: str) -> str:
            return re.sub(r"<([\w-]+)>", lambda match: values[match[1]], text)

        return replace(self, name=fill(self.name), answer=fill(self.answer))

    @property
    def wants_fresh_delegate(self) -> bool:
        return "<fresh>" in self.name

    @property
    def probe(self) -> str | None:
        """The type that is asked for before the value is published."""
        return self.how.removeprefix("after ") if self.how.startswith("after ") else None


def read_table() -> list[Question]:
    questions = []
    for number, line in enumerate(TABLE.read_text().splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = [column.strip() for column in line.split("|")]
        if len(columns) != 5 or not re.fullmatch(r"udp|tcp|fresh|insecure|after \w+", columns[1]):
            raise ValueError(f"{TABLE.name}:{number}: not five columns, or an unknown way to ask")
        questions.append(Question(*columns))
    return questions


def names_of_this_run(busy: Delegate, idle: Delegate, zone_ds: list[str]) -> dict[str, str]:
    """The replacements for the table's words in angle brackets, without those of a question with its own delegate."""
    return {
        "zone": ZONE,
        "Zone": mixed_case(ZONE),
        "customer": CUSTOMER,
        "busy": busy.label,
        "Busy": mixed_case(busy.label),
        "first": busy.values[0],
        "second": busy.values[1],
        "idle": idle.label,
        "nobody": new_label(),
        "ds": ", ".join("DS " + line.split(" DS ")[1] for line in zone_ds) or "NODATA",
        "big": ", ".join(f'TXT "{value}"' for value in BIG_VALUES),
    }


def mixed_case(name: str) -> str:
    return "".join(letter.upper() if place % 2 else letter for place, letter in enumerate(name))
