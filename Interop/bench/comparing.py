"""Figures of two programs, which took turns, in one table; and the targets of the newer one."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from Interop.bench.results import Goal, Results, Table, median, number


class Side(StrEnum):
    OLDER = "older"
    NEWER = "newer"


@dataclass(frozen=True)
class Line:
    """A figure to be compared, and the target: of the ratio of newer to older, or of the newer one's figure itself."""

    what: str
    unit: str = ""
    target: float | None = None
    is_of_ratio: bool = False
    is_least: bool = False

    @property
    def name(self) -> str:
        return f"{self.what}, {self.unit}" if self.unit else self.what


@dataclass
class Figures:
    older: list[float] = field(default_factory=list)
    newer: list[float] = field(default_factory=list)

    def of(self, side: Side) -> list[float]:
        return self.older if side is Side.OLDER else self.newer

    @property
    def ratio(self) -> float | None:
        """The median of each round's ratio: what slows a whole round down does not show in it."""
        pairs = list(zip(self.older, self.newer, strict=True))
        return median(newer / older for older, newer in pairs) if min(self.older) > 0 else None


class Comparison:
    def __init__(self) -> None:
        self._lines: dict[Line, Figures] = {}

    def add(self, line: Line, side: Side, figure: float) -> None:
        self._lines.setdefault(line, Figures()).of(side).append(figure)

    def tell(self, results: Results, title: str, note: str) -> None:
        """Adds the table, the goals, and all figures of each round."""
        table = Table(title, ["what", "older", "newer", "ratio", "target", "met"], note=note)
        raw: dict[str, Any] = {}
        for line, figures in self._lines.items():
            ratio, target, met = figures.ratio, "", ""
            goal = self._goal(line, figures)
            if goal:
                target = f"{'ratio ' if line.is_of_ratio else ''}{'≥' if line.is_least else '≤'} {number(goal.limit)}"
                met = "met" if goal.is_met else "MISSED"
                results.goals.append(goal)
            table.rows.append(
                [
                    line.name,
                    spreading(figures.older),
                    spreading(figures.newer),
                    "" if ratio is None else f"{ratio:.3f}",
                    target,
                    met,
                ]
            )
            raw[line.name] = {"older": figures.older, "newer": figures.newer, "ratio": ratio}
        results.tables.append(table)
        results.raw["against"] = raw

    def _goal(self, line: Line, figures: Figures) -> Goal | None:
        if line.target is None:
            return None
        if not line.is_of_ratio:
            return Goal(line.name, median(figures.newer), line.target, line.is_least)
        # Without a ratio there is no figure that would meet the target.
        missing = 0.0 if line.is_least else float("inf")
        ratio = figures.ratio
        return Goal(f"{line.what}, ratio to older", missing if ratio is None else ratio, line.target, line.is_least)


def spreading(figures: list[float]) -> str:
    """The median, the least and the most."""
    return f"{number(median(figures))} ({number(min(figures))} to {number(max(figures))})"
