"""The result of a suite: cases, the ways that they compare, and targets."""

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.costs import Cost


@dataclass(frozen=True)
class Way:
    """One way to do something.

    Attributes:
        name: Its name, the same in all cases.
        costs: Its cost in each round in which it took part; empty if it could not be measured.
        note: An explanation for the reader, or the reason why it was not measured.
    """

    name: str
    costs: Sequence[Cost]
    note: str = ""

    @property
    def value(self) -> float:
        """Median of the values."""
        return statistics.median(cost.value for cost in self.costs)

    @property
    def cpu(self) -> float | None:
        """Median of the processor times."""
        return _median([cost.cpu for cost in self.costs])

    @property
    def peak(self) -> float | None:
        """Median of the largest resident memories."""
        return _median([cost.peak for cost in self.costs])


@dataclass(frozen=True)
class Target:
    """A ratio, or a value, that should be reached.

    Attributes:
        over: Name of the way in the numerator.
        under: Name of the way in the denominator; if empty, the value of `over` itself is limited.
        at_least: Smallest ratio or value that meets the target, or None.
        at_most: Largest ratio or value that meets the target, or None.
        measure: The quantity that is compared: `value`, `cpu` or `peak`.
        if_missed: The reason why it is missed, which was measured in the same run.
    """

    over: str
    under: str
    at_least: float | None = None
    at_most: float | None = None
    measure: str = "value"
    if_missed: str = ""

    def met(self, ratio: float) -> bool:
        """Return whether a ratio meets the target."""
        if self.at_least is not None:
            return ratio >= self.at_least
        return self.at_most is not None and ratio <= self.at_most

    @property
    def bound(self) -> tuple[str, float]:
        """The target as a sign and a number."""
        return ("≤", self.at_most) if self.at_least is None else ("≥", self.at_least)

    @property
    def rule(self) -> str:
        """The target of a ratio as text for the reader."""
        return "{} {:g}x".format(*self.bound)


@dataclass(frozen=True)
class Case:
    """A task that is done in several ways.

    Attributes:
        name: The task.
        ways: The ways, ours first.
        targets: The targets for their ratios.
        unit: Unit of the values: `s`, `bytes` or `tasks`.
        rows: Number of rows that are processed, for rows per second; None if there are none.
    """

    name: str
    ways: Sequence[Way]
    targets: Sequence[Target] = ()
    unit: str = "s"
    rows: int | None = None

    def way(self, name: str) -> Way:
        """Return the way with a name."""
        (found,) = [way for way in self.ways if way.name == name]
        return found

    def ratio(self, over: str, under: str, measure: str = "value") -> float | None:
        """Return the median of the rounds' ratios; None if the two have no round in common."""
        pairs = zip(self.way(over).costs, self.way(under).costs, strict=False)
        ratios = [getattr(a, measure) / getattr(b, measure) for a, b in pairs]
        return statistics.median(ratios) if ratios else None

    def measured(self, target: Target) -> float | None:
        """Return the ratio or the value that a target limits; None if it was not measured."""
        if target.under:
            return self.ratio(target.over, target.under, target.measure)
        return _median([getattr(cost, target.measure) for cost in self.way(target.over).costs])


def explained(case: Case, why: Callable[[Target], str]) -> Case:
    """Return a case whose missed targets state a reason.

    Args:
        case: A case that was measured.
        why: Finds the reason, for example in a profile; it is called only for missed targets.
    """
    targets = [
        replace(target, if_missed=why(target)) if _is_missed(case, target) else target
        for target in case.targets
    ]
    return replace(case, targets=targets)


def _is_missed(case: Case, target: Target) -> bool:
    found = case.measured(target)
    return found is not None and not target.met(found)


@dataclass(frozen=True)
class Result:
    """The result of one run of a suite.

    Attributes:
        suite: Name of the suite.
        title: What it measures.
        date: When it began, in UTC.
        machine: The machine on which it ran, by property.
        load: Load average of the last minute at its start.
        quick: Whether it was `--quick`.
        seconds: Duration of the run.
        cases: The measurements.
        remarks: Explanations for the reader, one paragraph each.
    """

    suite: str
    title: str
    date: str
    machine: dict[str, str]
    load: float
    quick: bool
    seconds: float
    cases: Sequence[Case]
    remarks: Sequence[str] = field(default_factory=tuple)


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def write(result: Result, path: Path) -> None:
    """Write a result as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(result), indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> Result:
    """Read a result that `write` wrote."""
    stated = json.loads(path.read_text(encoding="utf-8"))
    return Result(**stated | {"cases": [_case(case) for case in stated["cases"]]})


def _case(stated: dict[str, Any]) -> Case:
    ways = [Way(**way | {"costs": [Cost(**c) for c in way["costs"]]}) for way in stated["ways"]]
    targets = [Target(**target) for target in stated["targets"]]
    return Case(**stated | {"ways": ways, "targets": targets})
