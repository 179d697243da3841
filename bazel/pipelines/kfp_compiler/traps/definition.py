"""The tasks of a compiled definition, for the rules that look for traps."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

ROOT = "root"


@dataclass(frozen=True)
class Task:
    """A task at any depth of the definition.

    Attributes:
        name: Its name in its DAG.
        dag: The name of that DAG's component; `root` for the pipeline itself.
        spec: Its PipelineTaskSpec.
        component: Its ComponentSpec.
        executor: Its executor; empty if it is a DAG.
    """

    name: str
    dag: str
    spec: Mapping
    component: Mapping
    executor: Mapping

    @property
    def is_cached(self) -> bool:
        """Whether KFP may reuse a cached result for it."""
        return bool(self.spec.get("cachingOptions", {}).get("enableCache"))

    @property
    def container(self) -> Mapping:
        """Its container; empty for an importer or a DAG."""
        return self.executor.get("container", {})

    @property
    def importer(self) -> Mapping:
        """Its importer; empty if it is not an importer."""
        return self.executor.get("importer", {})

    @property
    def parameters(self) -> Mapping[str, Mapping]:
        """The source of the value of each of its parameters."""
        return self.spec.get("inputs", {}).get("parameters", {})

    @property
    def artifacts(self) -> Mapping[str, Mapping]:
        """The source of each of its artifacts."""
        return self.spec.get("inputs", {}).get("artifacts", {})

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that its definition sets."""
        return {entry["name"]: entry.get("value", "") for entry in self.container.get("env", [])}


@dataclass(frozen=True, eq=False)
class Definition:
    """A compiled pipeline.

    Attributes:
        spec: Its PipelineSpec.
    """

    spec: Mapping

    @property
    def root(self) -> Mapping:
        """The component that represents the whole pipeline."""
        return self.spec["root"]

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """All tasks, including those of inner DAGs."""
        return tuple(self._walk())

    def inside(self, dag: str) -> dict[str, Task]:
        """Return the tasks of one DAG by their names."""
        return {task.name: task for task in self.tasks if task.dag == dag}

    def users_of(self, dag: str) -> Iterator[Task]:
        """Yield the tasks that run a DAG."""
        return (task for task in self.tasks if task.spec["componentRef"]["name"] == dag)

    def _walk(self) -> Iterator[Task]:
        components = self.spec.get("components", {})
        executors = self.spec.get("deploymentSpec", {}).get("executors", {})
        for dag, owner in sorted({ROOT: self.root, **components}.items()):
            for name, spec in sorted(owner.get("dag", {}).get("tasks", {}).items()):
                component = components.get(spec["componentRef"]["name"], {})
                executor = executors.get(component.get("executorLabel", ""), {})
                yield Task(name, dag, spec, component, executor)


@dataclass(frozen=True, eq=False)
class Finding:
    """A place where a definition does not do what its author intended.

    Attributes:
        rule: The rule's name.
        what: The subject, such as `NAME.INPUT`.
        message: The rest of the sentence: what it must be, what it is, and what to do.
        task: The task concerned; None if the finding concerns the whole pipeline.
        fatal: Whether it fails on every backend, or is silently wrong on every one.
    """

    rule: str
    what: str
    message: str
    task: Task | None = None
    fatal: bool = False
