"""The outcomes of the checks, as a table for people and as a JUnit file for programs."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

HELD, BROKEN, NOT_SHOWN = "held", "BROKEN", "not shown"
_WIDTH = 96


class BrokenError(Exception):
    """A check does not hold; the message says what was seen instead."""


class NotShownError(Exception):
    """A check is impossible on this cluster or with these flags."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a check.

    Attributes:
        check: The name of its module.
        holds: The statement that it checks.
        state: `HELD`, `BROKEN` or `NOT_SHOWN`.
        seen: What was seen.
        seconds: How long it took.
    """

    check: str
    holds: str
    state: str
    seen: str
    seconds: float


def table(outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes as a table for people."""
    lines = []
    for outcome in outcomes:
        lines.append(f"{outcome.state:<9} {outcome.seconds:6.0f} s  {outcome.holds}")
        for line in outcome.seen.splitlines():
            lines += textwrap.wrap(
                line, _WIDTH, initial_indent=" " * 20, subsequent_indent=" " * 20
            )
    counts = [f"{sum(o.state == state for o in outcomes)} {state}" for state in _STATES]
    return "\n".join([*lines, ", ".join(counts)])


def write_junit(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write the outcomes as JUnit XML."""
    suite = ElementTree.Element(
        "testsuite",
        name="cluster",
        tests=str(len(outcomes)),
        failures=str(sum(o.state == BROKEN for o in outcomes)),
        skipped=str(sum(o.state == NOT_SHOWN for o in outcomes)),
        time=f"{sum(o.seconds for o in outcomes):.1f}",
    )
    for outcome in outcomes:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname="cluster",
            name=outcome.check,
            time=f"{outcome.seconds:.1f}",
        )
        if outcome.state in _JUNIT:
            found = ElementTree.SubElement(case, _JUNIT[outcome.state], message=outcome.holds)
            found.text = outcome.seen
        else:
            ElementTree.SubElement(case, "system-out").text = outcome.seen
    ElementTree.indent(suite)
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


_STATES = (HELD, BROKEN, NOT_SHOWN)
_JUNIT = {BROKEN: "failure", NOT_SHOWN: "skipped"}
