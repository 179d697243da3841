"""The KFP server: runs of pipelines, and everything else that this test creates there."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import kfp_server_api
from kfp_launcher import remote_runs
from kfp_launcher.definitions import Definition, without_cache
from kfp_launcher.versions import find_pipeline

from e2e.acceptance.outcome import BrokenError

_POLL_SECONDS = 5.0
_PAGE = 100
_ENDED = ("SUCCEEDED", "SKIPPED", "FAILED", "ERROR", "CANCELED")


@dataclass(frozen=True)
class Ended:
    """A run that has ended.

    Attributes:
        run_id: The ID of the run.
        pipeline: The name of its pipeline.
        state: The final state, such as `SUCCEEDED`.
        ran: The names of the components that ran, without those whose results were cached.
        lines: The lines that these components have printed.
    """

    run_id: str
    pipeline: str
    state: str
    ran: frozenset[str]
    lines: tuple[str, ...]

    def succeeded(self) -> "Ended":
        """Return the run if it has succeeded.

        Raises:
            BrokenError: If it has not.
        """
        if self.state != "SUCCEEDED":
            last = "\n".join(self.lines[-5:])
            raise BrokenError(
                f"the run {self.run_id} of {self.pipeline} must succeed, got {self.state}:\n{last}"
            )
        return self


class Backend:
    """A KFP server as this test uses it.

    Attributes:
        client: The client of the server.
        namespace: The namespace on a multi-user server.
    """

    def __init__(
        self,
        client: kfp_server_api.ApiClient,
        namespace: str | None,
        experiment: str,
        pipeline_root: str,
        deadline: float,
    ):
        """Prepare to run pipelines on a server.

        Args:
            client: The client of the server.
            namespace: The namespace on a multi-user server.
            experiment: The name of the experiment that all runs belong to.
            pipeline_root: The URI below which the runs store their artifacts.
            deadline: The time of `time.monotonic` at which all waiting ends.
        """
        self.client, self.namespace = client, namespace
        self._experiment, self._pipeline_root = experiment, pipeline_root
        self._deadline = deadline
        self._runs = kfp_server_api.RunServiceApi(client)
        self._experiments = kfp_server_api.ExperimentServiceApi(client)
        self._pipelines = kfp_server_api.PipelineServiceApi(client)
        self._schedules = kfp_server_api.RecurringRunServiceApi(client)
        self._scope = {"namespace": namespace} if namespace else {}

    def start(
        self, definition: Definition, values: Mapping[str, Any], *, cached: bool = False
    ) -> str:
        """Start a run; return its ID.

        Args:
            definition: The pipeline.
            values: Its parameters.
            cached: Whether results of its tasks may come from the cache.

        Raises:
            BrokenError: If time is up; then nothing is started.
        """
        if time.monotonic() > self._deadline:
            raise BrokenError(
                f"{definition.name} must start in time, but time is up. See --minutes."
            )
        chosen = definition if cached else without_cache(definition)
        made = self._runs.run_service_create_run(
            kfp_server_api.V2beta1Run(
                display_name=definition.name,
                experiment_id=self._experiment_id(),
                pipeline_spec=chosen.document(),
                runtime_config=kfp_server_api.V2beta1RuntimeConfig(
                    parameters=dict(values), pipeline_root=self._pipeline_root
                ),
            )
        )
        return made.run_id

    def wait(self, run_id: str) -> Ended:
        """Wait until a run has ended, and return it.

        Raises:
            BrokenError: If time is up; then the run is terminated.
        """
        while (run := self._runs.run_service_get_run(run_id)).state not in _ENDED:
            if time.monotonic() > self._deadline:
                self._end(run_id)
                raise BrokenError(
                    f"the run {run_id} must end in time, but is {run.state}. See --minutes."
                )
            time.sleep(_POLL_SECONDS)
        run = remote_runs.settled(self.client, run, _POLL_SECONDS)
        logs = remote_runs.component_logs(self.client, run)
        return Ended(
            run_id,
            run.display_name,
            run.state,
            frozenset(filter(None, map(remote_runs.component_name, logs.values()))),
            tuple(line for log in logs.values() for line in remote_runs.component_lines(log)),
        )

    def run(
        self, definition: Definition, values: Mapping[str, Any], *, cached: bool = False
    ) -> Ended:
        """Start a run and wait for its end."""
        return self.wait(self.start(definition, values, cached=cached))

    def keeps_pipelines_in_kubernetes(self) -> bool:
        """Return whether the server stores its pipelines as Kubernetes objects."""
        health = kfp_server_api.HealthzServiceApi(self.client).healthz_service_get_healthz()
        return getattr(health, "pipeline_store", None) == "kubernetes"

    def versions(self, pipeline: str) -> list[str]:
        """Return the names of the versions of a pipeline."""
        pipeline_id = find_pipeline(self.client, pipeline, self.namespace)
        if not pipeline_id:
            return []
        return [found.display_name for found in self._versions(pipeline_id)]

    def schedules(self) -> list[kfp_server_api.V2beta1RecurringRun]:
        """Return the recurring runs of this test's experiment."""
        found = self._all(
            self._schedules.recurring_run_service_list_recurring_runs, "recurring_runs", self._scope
        )
        known = {experiment.experiment_id for experiment in self._own_experiments()}
        return [schedule for schedule in found if schedule.experiment_id in known]

    def remove(self, version: str, pipelines: list[str]) -> list[str]:
        """Remove what this test has created, now or in earlier runs, and return descriptions of it.

        Args:
            version: The prefix of the names of its versions.
            pipelines: The names of the pipelines that may have such versions.
        """
        return [
            *self._remove_schedules(),
            *self._remove_runs(),
            *self._remove_versions(version, pipelines),
        ]

    def _end(self, run_id: str) -> None:
        # The server cannot terminate a run that it has not yet seen running; deleting also ends it.
        with contextlib.suppress(kfp_server_api.ApiException):
            self._runs.run_service_terminate_run(run_id)

    def _remove_schedules(self) -> Iterator[str]:
        for schedule in self.schedules():
            self._schedules.recurring_run_service_delete_recurring_run(schedule.recurring_run_id)
            yield f"schedule {schedule.display_name}"

    def _remove_runs(self) -> Iterator[str]:
        for experiment in self._own_experiments():
            experiment_id = experiment.experiment_id
            runs = self._all(
                self._runs.run_service_list_runs,
                "runs",
                {"experiment_id": experiment_id, **self._scope},
            )
            for run in list(runs):
                if run.state not in _ENDED:
                    self._end(run.run_id)
                self._runs.run_service_delete_run(run.run_id)
                yield f"run {run.display_name}"
            self._experiments.experiment_service_delete_experiment(experiment_id)
            yield f"experiment {experiment.display_name}"

    def _remove_versions(self, version: str, pipelines: list[str]) -> Iterator[str]:
        for name in pipelines:
            pipeline_id = find_pipeline(self.client, name, self.namespace)
            found = list(self._versions(pipeline_id)) if pipeline_id else []
            own = [v for v in found if v.display_name.startswith(version)]
            for made in own:
                self._pipelines.pipeline_service_delete_pipeline_version(
                    pipeline_id, made.pipeline_version_id
                )
                yield f"version {made.display_name} of {name}"
            # A pipeline with other versions belongs to somebody else.
            if own and len(own) == len(found):
                self._pipelines.pipeline_service_delete_pipeline(pipeline_id)
                yield f"pipeline {name}"

    def _versions(self, pipeline_id: str) -> Iterator[kfp_server_api.V2beta1PipelineVersion]:
        list_versions = self._pipelines.pipeline_service_list_pipeline_versions
        return self._all(lambda **page: list_versions(pipeline_id, **page), "pipeline_versions", {})

    def _experiment_id(self) -> str:
        for experiment in self._own_experiments():
            return experiment.experiment_id
        made = self._experiments.experiment_service_create_experiment(
            kfp_server_api.V2beta1Experiment(
                display_name=self._experiment, namespace=self.namespace
            )
        )
        return made.experiment_id

    def _own_experiments(self) -> list[kfp_server_api.V2beta1Experiment]:
        found = self._all(
            self._experiments.experiment_service_list_experiments, "experiments", self._scope
        )
        return [experiment for experiment in found if experiment.display_name == self._experiment]

    @staticmethod
    def _all(call: Any, field: str, options: Mapping[str, Any]) -> Iterator[Any]:
        token = ""
        while True:
            page = call(page_size=_PAGE, page_token=token, **options)
            yield from getattr(page, field) or []
            token = page.next_page_token
            if not token:
                return
