"""The schedules in a pipeline's file, and the changes that make a server match them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import kfp_server_api
import yaml

# The text that marks the description of every schedule made from a file. Other schedules are not
# touched.
_MARK = "Managed by {}."
_KEYS = {
    "catch_up": bool,
    "cron": str,
    "end": datetime,
    "experiment": str,
    "interval_seconds": int,
    "max_concurrency": int,
    "name": str,
    "parameters": dict,
    "paused": bool,
    "pipeline_root": str,
    "service_account": str,
    "start": datetime,
}


class ScheduleError(Exception):
    """A file of schedules is not valid; the message explains what to change."""


@dataclass(frozen=True)
class Schedule:
    """One schedule of a file.

    Attributes:
        name: Its name, which on the server follows the pipeline's name.
        cron: The times of its runs in KFP's form of six fields, beginning with the seconds.
        interval_seconds: The interval between runs instead; 0 if there is a cron.
        parameters: The parameters of every run.
        max_concurrency: How many of its runs may be active at the same time, from 1 to 10.
        catch_up: Whether runs that were missed are made up for.
        paused: Whether it is paused and starts no runs.
        start: When it begins; None for immediately.
        end: When it ends; None for never.
        experiment: The experiment of its runs.
        pipeline_root: Where its runs keep artifacts; empty for the server's default.
        service_account: The Kubernetes service account of its runs; empty for the server's.
    """

    name: str
    cron: str = ""
    interval_seconds: int = 0
    parameters: dict[str, Any] = field(default_factory=dict)
    max_concurrency: int = 1
    catch_up: bool = False
    paused: bool = False
    start: datetime | None = None
    end: datetime | None = None
    experiment: str = "Default"
    pipeline_root: str = ""
    service_account: str = ""


@dataclass(frozen=True)
class Step:
    """One thing to change on the server.

    Attributes:
        action: `create`, `delete`, `pause` or `resume`.
        name: The name of the schedule on the server.
        why: The reason, for the user.
        schedule: The schedule to create; None for an existing one.
        run_id: The id of an existing schedule; empty for one to create.
    """

    action: str
    name: str
    why: str
    schedule: Schedule | None = None
    run_id: str = ""


def read_schedules(path: str, inputs: Mapping[str, Mapping]) -> tuple[Schedule, ...]:
    """Read the schedules of a pipeline.

    Args:
        path: A YAML file with a list of schedules.
        inputs: The parameters of the pipeline, by name, in the form of its definition.

    Raises:
        ScheduleError: If a schedule is not valid.
    """
    try:
        entries = yaml.safe_load(Path(path).read_text(encoding="utf-8")) or []
    except yaml.YAMLError as error:
        raise ScheduleError(f"{path} must be YAML ({error}). Correct the file.") from error
    _check(isinstance(entries, list), path, "hold a list of schedules", type(entries).__name__)
    schedules = tuple(_schedule(path, entry, inputs) for entry in entries)
    names = [schedule.name for schedule in schedules]
    _check(len(set(names)) == len(names), f"{path}: names", "be different", names)
    return schedules


def _schedule(path: str, entry: Any, inputs: Mapping[str, Mapping]) -> Schedule:
    _check(isinstance(entry, dict) and entry.get("name"), path, "name every schedule", entry)
    where = f"{path}: {entry['name']}"
    unknown = sorted(set(entry) - set(_KEYS))
    _check(not unknown, where, f"have keys of {sorted(_KEYS)} only", unknown)
    for key, value in entry.items():
        right = isinstance(value, _KEYS[key]) and not (_KEYS[key] is int and value is True)
        _check(right, f"{where}.{key}", f"be of the type {_KEYS[key].__name__}", value)
    schedule = Schedule(**entry)
    both = bool(schedule.cron) + bool(schedule.interval_seconds)
    _check(both == 1, where, "have either cron or interval_seconds", entry)
    fields = len(schedule.cron.split())
    rule = 'have six fields, the first for seconds, as in "0 30 2 * * *"'
    _check(not schedule.cron or fields == 6, f"{where}.cron", rule, schedule.cron)
    _check(
        1 <= schedule.max_concurrency <= 10,
        f"{where}.max_concurrency",
        "be 1 to 10",
        schedule.max_concurrency,
    )
    for moment in ("start", "end"):
        value = getattr(schedule, moment)
        zoned = value is None or value.tzinfo is not None
        _check(zoned, f"{where}.{moment}", "say its time zone, as in 2030-01-31T02:30:00Z", value)
    _check_parameters(where, schedule.parameters, inputs)
    return schedule


def _check_parameters(where: str, given: Mapping, inputs: Mapping[str, Mapping]) -> None:
    wrong = sorted(set(given) - set(inputs))
    _check(not wrong, f"{where}.parameters", f"be inputs of the pipeline, {sorted(inputs)}", wrong)
    required = {name for name, port in inputs.items() if not port.get("isOptional")}
    missing = sorted(required - set(given))
    _check(
        not missing, f"{where}.parameters", f"give all required inputs, {sorted(required)}", missing
    )


def _check(condition: object, what: str, rule: str, got: object) -> None:
    if not condition:
        raise ScheduleError(f"{what} must {rule}, got {got!r}. Correct the file.")


class Plan:
    """The changes after which a server has exactly the schedules of a file."""

    def __init__(
        self,
        label: str,
        pipeline: str,
        version_id: str,
        schedules: Sequence[Schedule],
        found: Sequence[kfp_server_api.V2beta1RecurringRun],
        experiments: Mapping[str, str],
    ):
        """Compare.

        Args:
            label: The Bazel label of the schedules, which marks those of the server.
            pipeline: The pipeline's name.
            version_id: The version that they run; empty if it has not been uploaded yet.
            schedules: The schedules in the file.
            found: All schedules of the server.
            experiments: Ids of the server's experiments by name.
        """
        self._mark = _MARK.format(label)
        self._pipeline = pipeline
        self._version_id = version_id
        self._experiments = experiments
        self._own = [run for run in found if self._mark in (run.description or "")]
        self.foreign = [run.display_name for run in found if run not in self._own]
        wanted = {self.display_name(schedule): schedule for schedule in schedules}
        self.steps = [
            *(step for name, schedule in wanted.items() for step in self._bring(name, schedule)),
            *(step for run in self._own if run.display_name not in wanted for step in _retire(run)),
        ]

    def display_name(self, schedule: Schedule) -> str:
        """Return the name that a schedule has on the server."""
        return f"{self._pipeline} {schedule.name}"

    def body(self, schedule: Schedule) -> kfp_server_api.V2beta1RecurringRun:
        """Return the request that creates the schedule, which is paused at first."""
        pipeline_id, version_id = self._version_id.split("/")
        return kfp_server_api.V2beta1RecurringRun(
            display_name=self.display_name(schedule),
            description=self._mark,
            experiment_id=self._experiments[schedule.experiment],
            pipeline_version_reference=kfp_server_api.V2beta1PipelineVersionReference(
                pipeline_id=pipeline_id, pipeline_version_id=version_id
            ),
            runtime_config=kfp_server_api.V2beta1RuntimeConfig(
                parameters=schedule.parameters, pipeline_root=schedule.pipeline_root or None
            ),
            service_account=schedule.service_account or None,
            max_concurrency=str(schedule.max_concurrency),
            mode="DISABLE",
            no_catchup=not schedule.catch_up,
            trigger=_trigger(schedule),
        )

    def _bring(self, name: str, schedule: Schedule) -> Iterator[Step]:
        """Yield the steps that make a schedule of the server match the file.

        The server can change only whether a schedule is paused. So a new schedule is created in
        paused state, then the old one is deleted, and then the new one is resumed. If this is
        interrupted, no run is started twice, and the next call continues from there.
        """
        runs = [run for run in self._own if run.display_name == name]
        right = [run for run in runs if self._is(run, schedule)]
        old = [run for run in runs if run not in right[:1]]
        if not right:
            changed = ", ".join(self._differences(old[0], schedule)) if old else ""
            why = f"the file has another {changed}" if old else "it is new"
            yield Step("create", name, why, schedule)
        for run in old:
            yield Step("delete", name, "another takes its place", run_id=run.recurring_run_id)
        if not right and not schedule.paused:
            yield Step("resume", name, "it is not paused in the file", schedule)
        for run in right[:1]:
            if _is_on(run) == schedule.paused:
                action = "pause" if schedule.paused else "resume"
                why = f"the file says paused: {str(schedule.paused).lower()}"
                yield Step(action, name, why, run_id=run.recurring_run_id)

    def _is(self, run: kfp_server_api.V2beta1RecurringRun, schedule: Schedule) -> bool:
        return not self._differences(run, schedule)

    def _differences(
        self, run: kfp_server_api.V2beta1RecurringRun, schedule: Schedule
    ) -> list[str]:
        """Return the part of a server's schedule that differs from the file."""
        config, version = run.runtime_config, run.pipeline_version_reference
        there = {
            "version": f"{version.pipeline_id}/{version.pipeline_version_id}" if version else "",
            "parameters": _canonical((config.parameters if config else None) or {}),
            "pipeline_root": (config.pipeline_root if config else "") or "",
            "service_account": run.service_account or "",
            "max_concurrency": int(run.max_concurrency or 1),
            "catch_up": not run.no_catchup,
            "when": _moment(run.trigger),
            "experiment": run.experiment_id,
        }
        wanted = {
            "version": self._version_id,
            "parameters": _canonical(schedule.parameters),
            "pipeline_root": schedule.pipeline_root,
            "service_account": schedule.service_account or there["service_account"],
            "max_concurrency": schedule.max_concurrency,
            "catch_up": schedule.catch_up,
            "when": _moment(_trigger(schedule)),
            "experiment": self._experiments.get(schedule.experiment),
        }
        return [key for key, value in wanted.items() if there[key] != value]


def _retire(run: kfp_server_api.V2beta1RecurringRun) -> Iterator[Step]:
    """Yield the step that pauses a schedule which is no longer in the file; it is never deleted."""
    if _is_on(run):
        why = "it is no longer in the file; it is kept but paused"
        yield Step("pause", run.display_name, why, run_id=run.recurring_run_id)


def _is_on(run: kfp_server_api.V2beta1RecurringRun) -> bool:
    return run.status == "ENABLED"


def _trigger(schedule: Schedule) -> kfp_server_api.V2beta1Trigger:
    limits = {"start_time": schedule.start, "end_time": schedule.end}
    if schedule.cron:
        return kfp_server_api.V2beta1Trigger(
            cron_schedule=kfp_server_api.V2beta1CronSchedule(cron=schedule.cron, **limits)
        )
    return kfp_server_api.V2beta1Trigger(
        periodic_schedule=kfp_server_api.V2beta1PeriodicSchedule(
            interval_second=str(schedule.interval_seconds), **limits
        )
    )


def _moment(trigger: kfp_server_api.V2beta1Trigger) -> tuple:
    """Return when a trigger fires, in a form that can be compared."""
    cron, periodic = trigger.cron_schedule, trigger.periodic_schedule
    timed = cron or periodic
    when = cron.cron if cron else int(periodic.interval_second)
    return when, _stamp(timed.start_time), _stamp(timed.end_time)


def _stamp(moment: datetime | None) -> float | None:
    # The server returns the beginning of the epoch for a time that was not set.
    return moment.timestamp() if moment and moment.timestamp() > 0 else None


def _canonical(value: object) -> str:
    """Return a value as JSON in which equal whole numbers are written in the same way."""
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
