"""The content of a file of schedules, and the changes to a server that it requires."""

from datetime import UTC, datetime

import pytest
from kfp_launcher.schedules import Plan, Schedule, ScheduleError, read_schedules

_LABEL = "//pipelines:it.schedule"
_INPUTS = {"data_uri": {}, "rows": {"isOptional": True}}
_NIGHTLY = """
- name: nightly
  cron: "0 30 2 * * *"
  parameters: {data_uri: "s3://b/x", rows: 3}
"""


def _read(tmp_path, text):
    (tmp_path / "it.schedule.yaml").write_text(text, encoding="utf-8")
    return read_schedules(str(tmp_path / "it.schedule.yaml"), _INPUTS)


def test_a_schedule_has_defaults(tmp_path):
    """One run at a time, no catching up, and not paused."""
    (schedule,) = _read(tmp_path, _NIGHTLY)
    assert schedule == Schedule(
        name="nightly", cron="0 30 2 * * *", parameters={"data_uri": "s3://b/x", "rows": 3}
    )
    assert _read(tmp_path, "") == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("name: nightly", "title: nightly"), "must name every schedule"),
        (("cron:", "crom:"), "must have keys of ["),
        (
            ("0 30 2", "30 2"),
            'cron must have six fields, the first for seconds, as in "0 30 2 * * *"',
        ),
        (("cron:", "interval_seconds: 60\n  cron:"), "must have either cron or interval_seconds"),
        (("cron:", "interval_seconds: '60'\n  x:"), "must have keys of ["),
        (("cron:", "max_concurrency: 11\n  cron:"), "max_concurrency must be 1 to 10, got 11"),
        (("cron:", "max_concurrency: true\n  cron:"), "must be of the type int, got True"),
        (("cron:", "start: 2030-01-01T00:00:00\n  cron:"), "start must say its time zone"),
        (("rows: 3", "row: 3"), "parameters must be inputs of the pipeline"),
        (('data_uri: "s3://b/x", ', ""), "parameters must give all required inputs, ['data_uri']"),
        (("- name: nightly", "- {name: nightly, cron: 0 0 0 * * *}\n- name: nightly"), "must"),
        (("- name", "  name"), "must hold a list of schedules"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, change, message):
    """The message states the file, the schedule, the key, the rule and the value."""
    with pytest.raises(ScheduleError) as error:
        _read(tmp_path, _NIGHTLY.replace(*change))
    assert message in str(error.value)
    assert "it.schedule.yaml" in str(error.value)


def _there(
    schedule=None, *, version="p/v1", status="ENABLED", mark=True, name="it nightly", **changes
):
    """Return a schedule in the form that the server returns it."""
    plan = Plan(_LABEL, "it", version, [], [], {"Default": "e"})
    body = plan.body(schedule or Schedule(name="nightly", cron="0 0 2 * * *"))
    body.recurring_run_id = f"id-{version}"
    body.display_name = name
    body.status = status
    body.description = body.description if mark else "by hand"
    body.trigger.cron_schedule.start_time = datetime.fromtimestamp(0, UTC)
    for key, value in changes.items():
        setattr(body, key, value)
    return body


def _steps(schedules, found, version="p/v1"):
    plan = Plan(_LABEL, "it", version, schedules, found, {"Default": "e", "other": "o"})
    return [step.action for step in plan.steps]


_WANTED = Schedule(name="nightly", cron="0 0 2 * * *")


@pytest.mark.parametrize(
    ("schedules", "found", "steps"),
    [
        ([_WANTED], [], ["create", "resume"]),
        ([_WANTED], [_there()], []),
        # Another version: the new one is created paused, the old one removed, the new one started.
        ([_WANTED], [_there(version="p/v0")], ["create", "delete", "resume"]),
        # The same, killed after the creation: it continues from there.
        ([_WANTED], [_there(version="p/v0"), _there(status="DISABLED")], ["delete", "resume"]),
        # The same, killed after the removal of the old one.
        ([_WANTED], [_there(status="DISABLED")], ["resume"]),
        # Removed from the file: paused once, never deleted.
        ([], [_there()], ["pause"]),
        ([], [_there(status="DISABLED")], []),
        # Schedules of others are never changed, whatever their name.
        ([_WANTED], [_there(mark=False)], ["create", "resume"]),
        ([], [_there(mark=False)], []),
        ([Schedule(name="nightly", cron="0 0 2 * * *", paused=True)], [_there()], ["pause"]),
        ([Schedule(name="nightly", cron="0 0 2 * * *", paused=True)], [], ["create"]),
        (
            [Schedule(name="nightly", cron="0 0 3 * * *")],
            [_there()],
            ["create", "delete", "resume"],
        ),
        (
            [Schedule(name="nightly", cron="0 0 2 * * *", experiment="other")],
            [_there()],
            ["create", "delete", "resume"],
        ),
    ],
)
def test_only_what_differs_changes(schedules, found, steps):
    """A plan has exactly the steps that bring the server to the state in the file."""
    assert _steps(schedules, found) == steps


def test_whole_numbers_are_compared_as_such():
    """The server returns every number as a double."""
    schedule = Schedule(
        name="nightly", cron="0 0 2 * * *", parameters={"rows": 3, "deep": [1, {"a": 2}]}
    )
    there = _there(schedule)
    there.runtime_config.parameters = {"rows": 3.0, "deep": [1.0, {"a": 2.0}]}
    assert _steps([schedule], [there]) == []
