"""Goals, and whether they were reached."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure and what it was to be; `None` was not measured."""

    name: str
    figure: float | None
    sign: str
    target: float
    unit: str = ""

    @property
    def is_reached(self) -> bool | None:
        """Whether it is as good as wanted."""
        if self.figure is None:
            return None
        better = self.figure <= self.target
        return better if self.sign == "<=" else self.figure >= self.target

    def as_json(self) -> dict[str, object]:
        """Return it for a program to read."""
        return {
            "name": self.name,
            "figure": self.figure,
            "wanted": f"{self.sign} {self.target}",
            "reached": self.is_reached,
        }


WORDS = {True: "reached", False: "MISSED", None: "not measured"}


def print_goals(goals: Iterable[Goal]) -> None:
    """Print one line for each."""
    print()
    for goal in goals:
        figure = "-" if goal.figure is None else f"{goal.figure:g} {goal.unit}"
        target = f"{goal.sign} {goal.target:g}"
        print(f"{goal.name:34}{figure:>12}  {target:8}  {WORDS[goal.is_reached]}")
