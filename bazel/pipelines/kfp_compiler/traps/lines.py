"""Records where tasks are created, which a compiled definition does not contain."""

import sys
from collections.abc import Mapping
from types import FrameType

from kfp_compiler.traps.definition import ROOT, Definition, Task


class Lines:
    """The source line of every task that this process creates from now on."""

    def __init__(self, names: Mapping[str, str]):
        """Record new tasks; `names` maps each source to the path that users know."""
        self._names = names
        self._places: dict[tuple[str, str], str] = {}
        self._graphs: dict[tuple[str, str], str] = {}
        self._watch()

    def place(self, definition: Definition, task: Task) -> str:
        """Return FILE:LINE of a task or of the first one in a loop or condition; may be empty."""
        owner = self._owner(definition, task.dag)
        if (owner, task.name) in self._places:
            return self._places[owner, task.name]
        inner = definition.inside(task.spec["componentRef"]["name"]).values()
        return next((self.place(definition, first) for first in inner), "")

    def _owner(self, definition: Definition, dag: str) -> str:
        """Return the name of the pipeline that a DAG represents or belongs to."""
        if dag == ROOT:
            return definition.spec["pipelineInfo"]["name"]
        for task in definition.users_of(dag):
            owner = self._owner(definition, task.dag)
            return self._graphs.get((owner, task.name), owner)
        return ""

    def _watch(self) -> None:
        from kfp.dsl.pipeline_context import Pipeline
        from kfp.dsl.pipeline_task import PipelineTask

        make = PipelineTask.__init__

        def make_and_remember(task: PipelineTask, *args: object, **kwargs: object) -> None:
            make(task, *args, **kwargs)
            pipeline = Pipeline.get_default_pipeline()
            if pipeline is not None:
                key = (pipeline.name, task.name)
                self._places[key] = self._source(sys._getframe(1))
                if task.pipeline_spec is not None:
                    self._graphs[key] = task.component_spec.name

        PipelineTask.__init__ = make_and_remember

    def _source(self, frame: FrameType | None) -> str:
        """Return the innermost line of a declared source."""
        while frame is not None:
            if frame.f_code.co_filename in self._names:
                return f"{self._names[frame.f_code.co_filename]}:{frame.f_lineno}"
            frame = frame.f_back
        return ""
