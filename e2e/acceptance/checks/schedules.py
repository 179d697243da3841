"""Checks that NAME.schedule creates, keeps and pauses schedules as a file defines them."""

import datetime

import yaml
from kfp_launcher import schedule, upload

from e2e.acceptance.outcome import BrokenError
from e2e.acceptance.stage import Stage

HOLDS = "schedules follow their file: created, left unchanged, and paused when removed from it"
_LABEL = "//e2e:cluster"


def check(stage: Stage) -> str:
    """Create a schedule, plan it again, and remove it from the file."""
    file = stage.folder / "schedule.yaml"
    entry = {
        "name": stage.version,
        "interval_seconds": 86_400,
        "experiment": stage.experiment,
        "start": datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC),
    }
    stage.call(upload.main, str(_package(stage)), "", f"--version_name={stage.version}")
    file.write_text(yaml.safe_dump([entry]))
    lines = [
        _called(stage, "--plan", "create:"),
        _called(stage, "--apply", "create:"),
        _called(stage, "--plan", "unchanged"),
    ]
    file.write_text("[]\n")
    lines.append(_called(stage, "--apply", "pause:"))
    if [found.mode for found in stage.backend.schedules()] != ["DISABLE"]:
        raise BrokenError(
            f"there must be one schedule, which is paused, got {stage.backend.schedules()}"
        )
    return "\n".join(lines)


def _package(stage: Stage) -> str:
    return str(stage.library.paths["synthetic_data"])


def _called(stage: Stage, what: str, expected: str) -> str:
    named = f"--version_name={stage.version}"
    file = str(stage.folder / "schedule.yaml")
    code, printed = stage.call(schedule.main, _package(stage), "", _LABEL, file, what, named)
    if code or expected not in printed:
        raise BrokenError(f"{what} must print {expected!r}, got {code} and {printed!r}")
    return f"{what} {printed.splitlines()[0]}"
