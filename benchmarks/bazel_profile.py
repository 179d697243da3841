"""The actions in the profile that Bazel writes of every command.

Source:
    Bazel's documentation, "JSON Trace Profile": events in the Trace Event Format, in microseconds.
"""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
