"""An exit handler that reads the final status."""

from kfp import dsl
from kfp.dsl import PipelineTaskFinalStatus


@dsl.component
def notify(status: PipelineTaskFinalStatus, who: str):
    print(status.state, who)


@dsl.component
def work():
    print("work")


@dsl.pipeline(name="exit-handler")
def exit_handler(who: str = "you"):
    with dsl.ExitHandler(notify(who=who)):
        work().ignore_upstream_failure()
