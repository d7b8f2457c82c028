"""The results: goals, tables, and the whole as JSON."""

import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Goal:
    name: str
    figure: float
    limit: float
    is_least: bool = False  # whether the limit is the least good figure, and not the most
    note: str = ""

    @property
    def is_met(self) -> bool:
        return self.figure >= self.limit if self.is_least else self.figure <= self.limit


@dataclass
class Table:
    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    note: str = ""

    def text(self) -> str:
        """Aligns the first column to the left, the others to the right."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]

        def line(cells: list[str]) -> str:
            first, *others = zip(cells, widths, strict=True)
            return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()

        lines = [self.title, "", line(self.columns), "  ".join("-" * width for width in widths), *map(line, self.rows)]
        return "\n".join(lines + (["", self.note] if self.note else [])) + "\n"


@dataclass
class Results:
    machine: dict[str, str]
    settings: dict[str, str]
    tables: list[Table] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    raw: dict[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        described = [f"{name:12} {value}" for name, value in (self.machine | self.settings).items()]
        parts = ["\n".join(described) + "\n", *(table.text() for table in self.tables), self._goals().text()]
        return "\n".join(parts)

    def json(self) -> dict[str, Any]:
        return {
            "machine": self.machine,
            "settings": self.settings,
            "raw": self.raw,
            "tables": [asdict(table) for table in self.tables],
            "goals": [asdict(goal) | {"is_met": goal.is_met} for goal in self.goals],
        }

    def _goals(self) -> Table:
        table = Table("Goals", ["goal", "figure", "limit", "", "note"])
        for goal in self.goals:
            sign = "≥" if goal.is_least else "≤"
            table.rows.append(
                [goal.name, number(goal.figure), f"{sign} {number(goal.limit)}", "met" if goal.is_met else "MISSED", goal.note]
            )
        return table


def median(values: Iterable[float]) -> float:
    return statistics.median(list(values))


def number(value: float) -> str:
    """The number with at least three significant digits."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def spread(values: Iterable[float]) -> float:
    """The distance from the least to the most, as a share of the median: how far rounds of the same thing are apart."""
    values = list(values)
    return (max(values) - min(values)) / median(values)
