"""Where the time of a command went, from the profile that Bazel writes of every command.

Source:
    Bazel's documentation, "JSON Trace Profile": events in the Trace Event Format, in microseconds.
"""

import gzip
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.costs import Use

_MICROSECOND = 1e-6

Event = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A part of a command.

    Attributes:
        name: What Bazel calls it.
        seconds: Its duration.
    """

    name: str
    seconds: float


def read_events(output_base: Path) -> list[Event]:
    """Return the events of the last command of the server with this output base."""
    with gzip.open(output_base / "command.profile.gz", "rt", encoding="utf-8") as file:
        return list(json.load(file)["traceEvents"])


def actions(events: list[Event], mnemonic: str) -> list[Step]:
    """Return the actions of a kind that were executed, the slowest first; cached ones are absent."""
    found = [
        Step(event["name"].removeprefix("Testing "), event["dur"] * _MICROSECOND)
        for event in events
        if event.get("cat") == "action processing"
        and event.get("args", {}).get("mnemonic") == mnemonic
    ]
    return sorted(found, key=lambda step: -step.seconds)


def total(events: list[Event], name: str) -> float:
    """Return the seconds of all events with a name, such as `subprocess.run`."""
    return sum(event["dur"] for event in events if event["name"] == name) * _MICROSECOND


def listed(steps: list[Step]) -> str:
    """Return steps and their durations as text for a reader."""
    return ", ".join(f"{step.name} {step.seconds:.2g} s" for step in steps)


@dataclass(frozen=True)
class Profile:
    """Where the time of a command went.

    Attributes:
        phases: Seconds of each phase of the command, the longest first.
        server: What Bazel's server used.
        workers: What the programs that it had started used, including those that still run.
    """

    phases: dict[str, float]
    server: Use
    workers: Use

    def __str__(self) -> str:
        """The phases as a sentence for a report."""
        total = sum(self.phases.values())
        shown = [f"{name} {seconds:.2g} s" for name, seconds in self.phases.items()]
        return f"of {total:.2g} s in Bazel's own profile: {', '.join(shown[:3])}."


def phases(analysis: str) -> dict[str, float]:
    """Return the seconds of each phase, the longest first, from the output of `analyze-profile`."""
    found = re.findall(r"^Total (.+) phase time +([\d.]+) s", analysis, re.MULTILINE)
    if not found:
        raise ValueError(f"bazel analyze-profile must list phases, got {analysis!r}.")
    return dict(sorted(((name, float(s)) for name, s in found), key=lambda pair: -pair[1]))
