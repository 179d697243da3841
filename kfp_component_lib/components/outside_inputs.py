"""Components with inputs that KFP does not see: their tasks are never answered from its cache."""

from collections.abc import Callable

from kfp.dsl.pipeline_task import PipelineTask, TaskState
from kfp.dsl.python_component import PythonComponent

__all__ = ["OUTSIDE_INPUTS", "reads_outside"]

# An environment variable of the component's container, which compiled definitions keep. It says to
# compilers, and to whoever loads the component from YAML, what the class below says in Python.
OUTSIDE_INPUTS = "KFP_OUTSIDE_INPUTS"
_ALWAYS = "*"


def reads_outside(*inputs: str) -> Callable[[PythonComponent], PythonComponent]:
    """Mark a component that reads what is neither its parameter nor its artifact.

    KFP answers a task from its cache if its parameters and the names of its artifacts are those of
    an earlier one. It does not know what lies at a path or what the clock shows, so such a task
    starts with caching off, in every pipeline and at every depth.

    Args:
        inputs: The parameters that are addresses of something outside. A task is concerned if it
            is given a value for one of them that is not empty. None: every task is concerned.

    Returns:
        The decorator, to stand above `@dsl.component`.
    """

    def mark(component: PythonComponent) -> PythonComponent:
        return _OutsideReader(component, inputs)

    return mark


class _OutsideReader(PythonComponent):
    """A component whose tasks start with caching off if they read outside."""

    def __init__(self, component: PythonComponent, inputs: tuple[str, ...]):
        super().__init__(component.component_spec, component.python_func)
        self._outside = inputs
        container = self.component_spec.implementation.container
        container.env = {**(container.env or {}), OUTSIDE_INPUTS: ",".join(inputs) or _ALWAYS}

    def __call__(self, *args: object, **kwargs: object) -> PipelineTask:
        task = super().__call__(*args, **kwargs)
        reads = not self._outside or any(kwargs.get(name, "") != "" for name in self._outside)
        # A component that is called outside of a pipeline has run by now and has no options.
        if reads and task.state is TaskState.FUTURE:
            task.set_caching_options(False)
        return task
