"""Runs a pipeline with KFP's local runner, and observes and controls each of its tasks.

`kfp.local` offers no hooks for this, so parts of it are replaced. All replacements are listed in
`Engine._replacements`.
"""

import contextlib
import contextvars
import dataclasses
import functools
import inspect
import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kfp import local
from kfp.dsl.base_component import BaseComponent
from kfp.local import (
    executor_input_utils,
    importer_handler,
    logging_utils,
    status,
    subprocess_task_handler,
    task_dispatcher,
)

from kfp_launcher import cache, failures
from kfp_launcher.kfp_log import logged
from kfp_launcher.places import OnEngine, Place, ProcessPlace
from kfp_launcher.processes import Running, following, kill
from kfp_launcher.records import LOG, Run, Task
from kfp_launcher.refusals import RefusedError, local_uri, variables
from kfp_launcher.steps import COMPONENT_PREFIX, Step

_CACHE = ".kfp_cache"


@dataclasses.dataclass(frozen=True)
class _Started:
    """The task that the thread is running, and the variables that the task sets."""

    task: Task
    environment: dict[str, str]


_started: contextvars.ContextVar[_Started] = contextvars.ContextVar("started")


class _Handler:
    """A kfp.local task handler."""

    def __init__(self, run: Callable[[], status.Status]):
        self.run = run


def can_cache() -> bool:
    """Return whether KFP has a local cache."""
    return "enable_caching" in inspect.signature(local.init).parameters


class Engine:
    """A run of a pipeline.

    Attributes:
        error: The reason why the run ended, if it was not a failed task.
    """

    def __init__(
        self,
        run: Run,
        steps: Sequence[Step],
        place: Place,
        refused: Mapping[str, str],
        ended: Callable[[Task], None],
        verbose: bool,
    ):
        """Prepare a run.

        Args:
            run: The record of the run, in the folder of its outputs.
            steps: The tasks of the definition.
            place: The way in which the tasks are run.
            refused: Why components cannot run here, for tasks that may never start.
            ended: Called with each task when it has ended.
            verbose: Whether the output of KFP and the tasks also goes to stdout.
        """
        self.error = ""
        self._run, self._steps, self._place = run, steps, place
        self._refused, self._ended, self._verbose = refused, ended, verbose
        self._root = run.folder.parent
        self._begun: set[str] = set()
        self._names: dict[str, str] = {}
        self._never_cached: set[str] = set()
        self._running = Running()

    def execute(
        self, component: BaseComponent, arguments: Mapping[str, Any], seen: Mapping[str, bool],
        caching: bool,
    ) -> None:  # fmt: skip
        """Run the pipeline or component, and keep the result in the record.

        Args:
            component: The pipeline or component.
            arguments: Its arguments.
            seen: Files and folders of this machine that its tasks see, and whether they may write
                to them.
            caching: Whether tasks may reuse results from the cache of the output root.
        """
        state = "interrupted"
        with tempfile.TemporaryDirectory(
            prefix=".scratch-", dir=self._root, ignore_cleanup_errors=True
        ) as scratch:
            try:
                with self._running.signals():
                    self._scratch = Path(scratch)
                    images = {step.container["image"] for step in self._steps if step.container}
                    outputs = {str(self._root): True}
                    self._place.prepare(images, {**seen, **outputs}, self._scratch)
                    with logged(self._run.folder / LOG, self._verbose), self._replaced():
                        self._initialize(caching)
                        component(**arguments)
                state = "succeeded"
            except KeyboardInterrupt:
                self.error = "a signal has ended it"
            except Exception as error:  # noqa: BLE001 - anything that KFP raises ends the run
                state, self.error = "failed", str(error) or type(error).__name__
            finally:
                self._add_skipped(state)
                self._run.end(state)

    # The functions that KFP calls.

    def _initialize(self, caching: bool) -> None:
        known = inspect.signature(local.init).parameters
        options = {
            "workspace_root": str(self._scratch / "workspace"),
            "enable_caching": caching,
            "cache_root": str(self._root / _CACHE),
        }
        (self._scratch / "workspace").mkdir()
        local.init(
            self._place.runner,
            pipeline_root=str(self._root),
            **{name: value for name, value in options.items() if name in known},
        )

    @contextlib.contextmanager
    def _replaced(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for owner, name, value in self._replacements():
                stack.callback(setattr, owner, name, vars(owner)[name])
                setattr(owner, name, value)
            yield

    def _replacements(self) -> Iterator[tuple[Any, str, Any]]:
        """Yield the replacements of parts of kfp.local: the owner, the name and the replacement."""
        yield executor_input_utils, "get_local_pipeline_resource_name", self._folder_name
        if isinstance(self._place, OnEngine):
            from kfp.local import docker_task_handler

            container = functools.partial(self._start_container, self._place)
            yield docker_task_handler, "run_docker_container", container
        else:
            handler = functools.partial(self._handler, self._place)
            yield subprocess_task_handler, "SubprocessTaskHandler", handler
        around: list[tuple[Any, str, Callable]] = [
            (task_dispatcher, "run_single_task_implementation", self._container),
            (importer_handler, "run_importer", self._importer),
            (importer_handler, "get_importer_uri", self._uri),
        ]
        for owner, name, stand_in in around:
            yield owner, name, functools.partial(stand_in, getattr(owner, name))
        # These change the process's logging and print() for as long as any thread needs them.
        yield logging_utils, "local_logger_context", contextlib.nullcontext
        yield logging_utils, "indented_print", contextlib.nullcontext
        with contextlib.suppress(ImportError):
            # KFP's local runner has had conditions since 2.16.
            from kfp.local.orchestrator.enhanced_dag_orchestrator import ConditionEvaluator

            resolve = functools.partial(_literal, ConditionEvaluator._resolve_pipeline_channel)
            yield ConditionEvaluator, "_resolve_pipeline_channel", staticmethod(resolve)
        if caching := getattr(local, "cache", None):
            for name in ("compute_key", "get", "put"):
                original = getattr(caching.LocalCache, name)
                around_it = functools.partial(getattr(self, f"_cache_{name}"), original)
                yield caching.LocalCache, name, _method(around_it)

    def _folder_name(self, pipeline_name: str) -> str:
        return self._run.folder.name

    def _container(self, original: Callable, **options: Any) -> tuple[dict, status.Status]:
        """Run a task; `options` are those of run_single_task_implementation."""
        component = options["component_name"]
        options["pipeline_resource_name"] = self._unused(
            options["pipeline_resource_name"], component
        )
        folder = (
            self._root
            / options["pipeline_resource_name"]
            / component.removeprefix(COMPONENT_PREFIX)
        )
        environment = {v.name: v.value for v in options["executor_spec"].container.env}
        for step in self._steps:
            if step.component == component:
                names = variables(step.platform)
                environment |= {name: os.environ[name] for name in names if name in os.environ}
        task = self._begin(component, folder)
        token = _started.set(_Started(task, environment))
        try:
            return self._watched(task, "succeeded", original, options)
        finally:
            _started.reset(token)

    def _importer(self, original: Callable, **options: Any) -> tuple[dict, status.Status]:
        """Run an importer; `options` are those of run_importer."""
        component = options["component_name"]
        return self._watched(self._begin(component, None), "imported", original, options)

    def _uri(self, original: Callable, *values: Any, **options: Any) -> str:
        return local_uri(original(*values, **options))

    def _handler(
        self, place: ProcessPlace, image: str, full_command: list[str], **_: Any
    ) -> _Handler:
        return _Handler(functools.partial(self._start, place, image, full_command))

    # The tasks.

    def _unused(self, resource: str, component: str) -> str:
        """Return an unused folder for a task; KFP itself has one for all tasks of a component.

        A pipeline may use another pipeline twice, and a task may be retried.
        """
        place, number = resource, 1
        while (self._root / place / component.removeprefix(COMPONENT_PREFIX)).exists():
            number += 1
            place = f"{resource}/{number}"
        return place

    def _begin(self, component: str, folder: Path | None) -> Task:
        self._begun.add(component)
        name = component.removeprefix(COMPONENT_PREFIX)
        if folder:
            name = str(folder.relative_to(self._run.folder))
            folder.mkdir(parents=True)
        return self._run.begin(name, folder)

    def _watched(
        self, task: Task, state: str, original: Callable, options: dict[str, Any]
    ) -> tuple[dict, status.Status]:
        """Run a task with KFP, and record its result."""
        start = time.monotonic()
        try:
            if self._running.stopping:
                raise KeyboardInterrupt
            if reason := self._refused.get(options["component_name"]):
                raise RefusedError(reason)
            outputs, ended = original(**options)
            task.state = state if ended == status.Status.SUCCESS else "failed"
            task.take(outputs)
            return outputs, ended
        except KeyboardInterrupt:
            task.state = "interrupted"
            raise
        except Exception as error:
            task.state = "failed"
            task.reason = task.reason or str(error) or type(error).__name__
            raise
        finally:
            task.seconds = time.monotonic() - start
            self._run.save()
            self._ended(task)

    def _start(self, place: ProcessPlace, image: str, command: list[str]) -> status.Status:
        """Run a task's command as a process."""
        started = _started.get()
        log = started.task.new_log()
        with tempfile.TemporaryDirectory(dir=self._scratch, ignore_cleanup_errors=True) as tmp:
            with log.open("wb") as out:
                process = place.start(image, command, started.environment, Path(tmp), out)
            with self._running.ending(functools.partial(kill, process)), self._shown(log):
                code = process.wait()
        if code:
            started.task.reason = failures.reason(log, code)
        return status.Status.FAILURE if code else status.Status.SUCCESS

    def _start_container(
        self, place: OnEngine, client: Any, image: str, command: list[str], volumes: dict, **_: Any
    ) -> int:
        """Run a task's container, and return its exit code.

        KFP's own function mistakes a container that fails quickly for one that has succeeded.
        """
        started = _started.get()
        log = started.task.new_log()
        options = {**place.runner.container_run_args, "environment": started.environment}
        container = place.start_container(image, command, volumes, options)
        end = functools.partial(container.remove, force=True)
        with self._running.ending(end), self._shown(log), log.open("wb") as out:
            for chunk in container.logs(stream=True):
                out.write(chunk)
                out.flush()
            code = container.wait()["StatusCode"]
        if code:
            started.task.reason = failures.reason(log, code)
        return code

    def _shown(self, log: Path) -> contextlib.AbstractContextManager:
        return following(log) if self._verbose else contextlib.nullcontext()

    def _add_skipped(self, state: str) -> None:
        why = "its condition is false" if state == "succeeded" else f"the run {state} before"
        for step in self._steps:
            if step.component not in self._begun:
                self._begun.add(step.component)
                task = self._run.begin(step.name)
                task.state, task.reason = "skipped", why
                self._ended(task)

    # The cache.

    def _cache_compute_key(self, original: Callable, own: Any, **options: Any) -> str:
        arguments = options["arguments"]
        content = cache.imported_content(arguments, self._root)
        code = "" if "@" in options["image"] else self._code
        options |= {"arguments": {**arguments, **content}, "image": options["image"] + code}
        key = original(own, **options)
        if cache.depends_on_outside(arguments):
            key = uuid.uuid4().hex
            self._never_cached.add(key)
        self._names[key] = options["component_name"]
        return key

    def _cache_get(self, original: Callable, own: Any, key: str) -> dict[str, Any] | None:
        found = None if key in self._never_cached else original(own, key)
        if found is not None:
            task = self._begin(self._names[key], None)
            task.state = "cached"
            task.take(found)
            self._ended(task)
        return found

    def _cache_put(self, original: Callable, own: Any, key: str, outputs: dict[str, Any]) -> None:
        if key not in self._never_cached:
            original(own, key, outputs)

    @functools.cached_property
    def _code(self) -> str:
        """A digest of the Python code that tasks may import in this interpreter."""
        return cache.code()


class _Literal:
    """A text that becomes a Python literal when KFP pastes it into a condition."""

    def __init__(self, text: str):
        self._text = text

    def __str__(self) -> str:
        return repr(self._text)


def _literal(original: Callable[..., Any], *arguments: Any) -> Any:
    value = original(*arguments)
    return _Literal(value) if isinstance(value, str) else value


def _method(function: Callable) -> Callable:
    """Return a callable that a class binds to its instances like a function."""
    return lambda own, *values, **options: function(own, *values, **options)
