"""Runs a pipeline by KFP's local runner, with an eye and a hand on each of its tasks.

`kfp.local` offers no hook for any of this. What is put in the place of its parts is named in
`Engine._replacements`, and nowhere else.
"""

import contextlib
import contextvars
import dataclasses
import functools
import inspect
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
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
from kfp_launcher.places import Place
from kfp_launcher.records import Run, Task
from kfp_launcher.refusals import RefusedError, local_uri, variables
from kfp_launcher.steps import COMPONENT_PREFIX, Step

_LOG = "kfp.log"
_CACHE = ".kfp_cache"
# Seconds between two looks at what a task prints.
_LOOK = 0.1


@dataclasses.dataclass(frozen=True)
class _Started:
    """The task that the thread is at, and the variables it sets."""

    task: Task
    environment: dict[str, str]


_started: contextvars.ContextVar[_Started] = contextvars.ContextVar("started")


class _Handler:
    """A kfp.local task handler."""

    def __init__(self, run: Callable[[], status.Status]):
        self.run = run


def can_cache() -> bool:
    """Tell whether KFP has a local cache."""
    return "enable_caching" in inspect.signature(local.init).parameters


class Engine:
    """A run of a pipeline.

    Attributes:
        error: What ended the run, if it was no task.
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
        """Get ready to run.

        Args:
            run: The record of the run, in the folder of its outputs.
            steps: The tasks of the definition.
            place: Where they run.
            refused: Why components cannot run here, for tasks that may never start.
            ended: Is called with each task when it has ended.
            verbose: Whether KFP and the tasks speak on stdout as well.
        """
        self.error = ""
        self._run, self._steps, self._place = run, steps, place
        self._refused, self._ended, self._verbose = refused, ended, verbose
        self._root = run.folder.parent
        self._begun: set[str] = set()
        self._names: dict[str, str] = {}
        self._never_cached: set[str] = set()
        self._processes: set[subprocess.Popen] = set()
        self._stopping = False
        # A signal may come while its own thread holds it.
        self._lock = threading.RLock()

    def execute(
        self, component: BaseComponent, arguments: Mapping[str, Any], seen: Mapping[str, bool],
        caching: bool,
    ) -> None:  # fmt: skip
        """Run the pipeline or component, and keep in the record how that went.

        Args:
            component: The pipeline or component.
            arguments: Its arguments.
            seen: Files and folders of this machine that its tasks see, and whether they write to them.
            caching: Whether tasks may be answered from the cache of the output root.
        """
        state = "interrupted"
        with tempfile.TemporaryDirectory(
            prefix=".scratch-", dir=self._root, ignore_cleanup_errors=True
        ) as scratch:
            try:
                with self._signals():
                    self._scratch = Path(scratch)
                    images = {step.container["image"] for step in self._steps if step.container}
                    outputs = {str(self._root): True}
                    self._place.prepare(images, {**seen, **outputs}, self._scratch)
                    with self._logging(), self._replaced():
                        self._initialize(caching)
                        component(**arguments)
                state = "succeeded"
            except KeyboardInterrupt:
                self.error = "a signal has ended it"
            except Exception as error:  # noqa: BLE001 - whatever KFP raises; all of it ends the run
                state, self.error = "failed", str(error) or type(error).__name__
            finally:
                self._add_skipped(state)
                self._run.end(state)

    # What KFP asks.

    def _initialize(self, caching: bool) -> None:
        known = inspect.signature(local.init).parameters
        options = {
            "workspace_root": str(self._scratch / "workspace"),
            "enable_caching": caching,
            "cache_root": str(self._root / _CACHE),
        }
        (self._scratch / "workspace").mkdir()
        local.init(
            local.SubprocessRunner(use_venv=False),
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
        """Yield what stands in for parts of kfp.local: whose part, its name, the stand-in."""
        yield executor_input_utils, "get_local_pipeline_resource_name", self._folder_name
        yield subprocess_task_handler, "SubprocessTaskHandler", self._handler
        around: list[tuple[Any, str, Callable]] = [
            (task_dispatcher, "run_single_task_implementation", self._container),
            (importer_handler, "run_importer", self._importer),
            (importer_handler, "get_importer_uri", self._uri),
        ]
        for owner, name, stand_in in around:
            yield owner, name, functools.partial(stand_in, getattr(owner, name))
        # They change the process's logging and print() for as long as one of several threads needs it.
        yield logging_utils, "local_logger_context", contextlib.nullcontext
        yield logging_utils, "indented_print", contextlib.nullcontext
        with contextlib.suppress(ImportError):
            # KFP has conditions here since 2.16.
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

    def _handler(self, image: str, full_command: list[str], **_: Any) -> _Handler:
        return _Handler(functools.partial(self._start, image, full_command))

    # The tasks.

    def _unused(self, resource: str, component: str) -> str:
        """Return where no task has been yet: KFP has one folder for all tasks of a component.

        A pipeline may use another pipeline twice, and a task may be tried again.
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
        """Run a task by KFP, and keep how it went."""
        start = time.monotonic()
        try:
            if self._stopping:
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

    def _start(self, image: str, command: list[str]) -> status.Status:
        """Run a task's command to its end."""
        started = _started.get()
        log = started.task.new_log()
        with tempfile.TemporaryDirectory(dir=self._scratch, ignore_cleanup_errors=True) as tmp:
            with log.open("wb") as out:
                process = self._place.start(image, command, started.environment, Path(tmp), out)
            code = self._wait(process, log)
        if code:
            started.task.reason = failures.reason(log, code)
        return status.Status.FAILURE if code else status.Status.SUCCESS

    def _wait(self, process: subprocess.Popen, log: Path) -> int:
        """Wait for the end of a process; end what it leaves behind, as the end of a pod does."""
        with self._lock:
            self._processes.add(process)
        try:
            if self._stopping:
                _kill(process)
            if self._verbose:
                _follow(process, log)
            return process.wait()
        finally:
            _kill(process)
            process.wait()
            with self._lock:
                self._processes.remove(process)

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
        """What tasks may import here; an image's name says it of the image."""
        return cache.code()

    # The process.

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """End all tasks when this process is to end."""
        numbers = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
        before = {number: signal.signal(number, self._interrupt) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _interrupt(self, number: int, frame: object) -> None:
        with self._lock:
            self._stopping = True
            for process in self._processes:
                _kill(process)
        raise KeyboardInterrupt

    @contextlib.contextmanager
    def _logging(self) -> Iterator[None]:
        """Send what KFP says to a file, or to stdout; what it only warns of is an error."""
        root = logging.getLogger()
        level = root.level
        with (self._run.folder / _LOG).open("w", encoding="utf-8") as file:
            stream = sys.stdout if self._verbose else file
            handler = logging.StreamHandler(stream)
            handler.setFormatter(
                logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S")
            )
            root.addHandler(handler)
            root.addFilter(_refuse_to_guess)
            root.setLevel(logging.INFO)
            logging.captureWarnings(True)
            try:
                with contextlib.redirect_stdout(stream):
                    yield
            finally:
                logging.captureWarnings(False)
                root.setLevel(level)
                root.removeFilter(_refuse_to_guess)
                root.removeHandler(handler)


def _refuse_to_guess(record: logging.LogRecord) -> bool:
    """Raise what KFP's orchestrator warns of: a condition or a loop that it cannot evaluate.

    It would go on as if the condition were false, and the loop empty.
    """
    if record.module == "enhanced_dag_orchestrator" and record.levelno == logging.WARNING:
        raise RuntimeError(f"KFP's local runner: {record.getMessage()}")
    return True


class _Literal:
    """A text that KFP pastes as Python into a condition, where quotes and backslashes must survive."""

    def __init__(self, text: str):
        self._text = text

    def __str__(self) -> str:
        return repr(self._text)


def _literal(original: Callable[..., Any], *arguments: Any) -> Any:
    value = original(*arguments)
    return _Literal(value) if isinstance(value, str) else value


def _method(function: Callable) -> Callable:
    """Return what a class binds to its objects as it binds a function."""
    return lambda own, *values, **options: function(own, *values, **options)


def _kill(process: subprocess.Popen) -> None:
    """End a process group, if there is one left of it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _follow(process: subprocess.Popen, log: Path) -> None:
    """Copy to stdout what a process prints to a file, until it ends."""
    with log.open("r", encoding="utf-8", errors="replace") as file:
        ended = False
        while not ended:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK)
            ended = process.returncode is not None
            shutil.copyfileobj(file, sys.stdout)
            sys.stdout.flush()
