"""Components that read data which KFP does not track: their tasks must not be cached."""

from collections.abc import Callable

from kfp.dsl.pipeline_task import PipelineTask, TaskState
from kfp.dsl.python_component import PythonComponent

__all__ = ["OUTSIDE_INPUTS", "reads_outside"]

# An environment variable of the component's container, which compiled definitions keep. It carries
# the class below to compilers, and to anybody who loads the component from YAML.
OUTSIDE_INPUTS = "KFP_OUTSIDE_INPUTS"
_ALWAYS = "*"


def reads_outside(*inputs: str) -> Callable[[PythonComponent], PythonComponent]:
    """Mark a component that reads something besides its parameters and its input artifacts.

    KFP takes a task's result from its cache if the parameters and the names of the artifacts are
    those of an earlier task. KFP cannot see the files at a path or the time of day, so a marked
    task starts with caching turned off, in every pipeline and at every depth of nesting.

    Args:
        inputs: The parameters that hold the address of something outside. A task starts without
            caching if one of them has a value that is not empty. Without any names, every task
            does.

    Returns:
        The decorator, which goes above `@dsl.component`.
    """

    def mark(component: PythonComponent) -> PythonComponent:
        return _OutsideReader(component, inputs)

    return mark


class _OutsideReader(PythonComponent):
    """A component whose tasks start with caching turned off if they read outside data."""

    def __init__(self, component: PythonComponent, inputs: tuple[str, ...]):
        super().__init__(component.component_spec, component.python_func)
        self._outside = inputs
        container = self.component_spec.implementation.container
        container.env = {**(container.env or {}), OUTSIDE_INPUTS: ",".join(inputs) or _ALWAYS}

    def __call__(self, *args: object, **kwargs: object) -> PipelineTask:
        task = super().__call__(*args, **kwargs)
        reads = not self._outside or any(kwargs.get(name, "") != "" for name in self._outside)
        # Calling a component outside a pipeline runs it at once, and such a task takes no options.
        if reads and task.state is TaskState.FUTURE:
            task.set_caching_options(False)
        return task
