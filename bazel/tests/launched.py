"""Pipelines and components for the tests of NAME.run."""

# KFP reads a component's annotations, and supports no other list of artifacts.
from typing import List, NamedTuple  # noqa: UP035

from kfp import dsl
from kfp.dsl import HTML, ClassificationMetrics, Dataset, Input, Markdown, Metrics, Output

_IMAGE = "python:3.13"


# KFP's default, as in all of its documentation: it installs kfp when it starts.
@dsl.component(base_image=_IMAGE)
def plain(text: str = "hello") -> str:
    """Say where one runs."""
    import sys

    return f"{text} from {sys.executable}"


@dsl.component(base_image=_IMAGE, packages_to_install=["no-such-package==1", "other>2"])
def needy():
    """Need packages."""


@dsl.component(base_image=_IMAGE, packages_to_install=["PyYAML>=5"])
def content():
    """Need a package that is there."""
    import yaml  # noqa: F401


@dsl.component(base_image=_IMAGE, install_kfp_package=False)
def write(text: str, data_out: Output[Dataset]):
    """Write a text."""
    with open(data_out.path, "w", encoding="utf-8") as file:
        file.write(text)


@dsl.component(base_image=_IMAGE, install_kfp_package=False)
def read(data: Input[Dataset]) -> str:
    """Read a text."""
    with open(data.path, encoding="utf-8") as file:
        return file.read()


@dsl.component(base_image=_IMAGE, install_kfp_package=False)
def read_path(path: str) -> str:
    """Read a text from a path that KFP does not track."""
    with open(path, encoding="utf-8") as file:
        return file.read()


@dsl.component(base_image=_IMAGE, install_kfp_package=False)
def join(tables: Input[List[Dataset]]) -> str:  # noqa: UP006
    """Read texts."""
    return ",".join(open(table.path, encoding="utf-8").read() for table in tables)


@dsl.component(base_image=_IMAGE, install_kfp_package=False)
def fail_unless(path: str, message: str = "path must exist, got nothing"):
    """Fail until there is a file."""
    import os

    print("looking")
    if not os.path.exists(path):
        raise ValueError(message)


@dsl.component(base_image=_IMAGE, install_kfp_package=False)
def end_hard():
    """End as if memory were short."""
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)


@dsl.component(base_image=_IMAGE, install_kfp_package=False)
def import_missing():
    """Import a module that is nowhere."""
    import no_such_module  # type: ignore[import-not-found]  # noqa: F401


@dsl.component(base_image=_IMAGE, install_kfp_package=False)
def leave_behind(path: str):
    """Leave a process behind that holds the output open."""
    import subprocess

    process = subprocess.Popen(["sleep", "300"])
    with open(path, "w", encoding="utf-8") as file:
        file.write(str(process.pid))


@dsl.component(base_image=_IMAGE, install_kfp_package=False)
def sleep(path: str):
    """Sleep, and say so."""
    import os
    import time

    with open(path, "w", encoding="utf-8") as file:
        file.write(str(os.getpid()))
    time.sleep(300)


@dsl.component(base_image=_IMAGE, install_kfp_package=False)
def judge(metrics: Output[Metrics], page: Output[HTML], text: Output[Markdown]):
    """Write reports."""
    metrics.log_metric("rmse", 0.25)
    with open(page.path, "w", encoding="utf-8") as file:
        file.write("<p>a page</p>")
    with open(text.path, "w", encoding="utf-8") as file:
        file.write("# Title\n\n| a | b |\n|---|---|\n| 1 | <script>2</script> |\n")


@dsl.component(base_image=_IMAGE, install_kfp_package=False)
def classify(metrics: Output[ClassificationMetrics]):
    """Write a confusion matrix."""
    metrics.log_confusion_matrix(["a", "b"], [[1, 2], [3, 4]])


@dsl.container_component
def echo():
    """Run no Python."""
    return dsl.ContainerSpec(image="alpine", command=["echo", "hi"])


@dsl.pipeline
def once(text: str):
    """Write and read."""
    read(data=write(text=text).output)


@dsl.pipeline
def inner(text: str) -> Dataset:
    """Write."""
    return write(text=text).output


@dsl.pipeline
def twice():
    """Use a pipeline twice, and what both wrote."""
    first, second = inner(text="one"), inner(text="two")
    one = read(data=first.output).after(second)
    two = read(data=second.output)
    plain(text=f"{one.output} {two.output}")


@dsl.pipeline
def loop():
    """Fan out, and gather."""
    with dsl.ParallelFor(["a", "b", "c"]) as text:
        made = write(text=text)
    join(tables=dsl.Collected(made.output))


@dsl.pipeline
def resumable(path: str):
    """Write, and fail until there is a file."""
    made = write(text="slow")
    fail_unless(path=path).after(made)


@dsl.pipeline
def cached_import(uri: str):
    """Import, and read."""
    imported = dsl.importer(artifact_uri=uri, artifact_class=Dataset)
    read(data=imported.output)


@dsl.pipeline
def reads_path(path: str):
    """Read by a path."""
    read_path(path=path)


@dsl.pipeline
def remote():
    """Import a file that is not on this machine, after a slow task."""
    made = plain()
    imported = dsl.importer(artifact_uri="s3://bucket/table", artifact_class=Dataset)
    imported.after(made)
    read(data=imported.output)


@dsl.pipeline
def late(far: str = "s3://bucket/table"):
    """Import what only a run tells."""
    imported = dsl.importer(artifact_uri=plain(text=far).output, artifact_class=Dataset)
    read(data=imported.output)


@dsl.pipeline
def branches(which: str):
    """Take one branch; the other cannot run here."""
    with dsl.If(which == "here", name="here"):
        plain()
    with dsl.Else(name="there"):
        echo()


@dsl.component(base_image=_IMAGE, install_kfp_package=False)
def decide() -> NamedTuple("outputs", [("yes", bool)]):  # type: ignore[valid-type]
    """Decide."""
    return (True,)


@dsl.pipeline
def blind():
    """Depend on a named output, which kfp 2.17 does not find where the task is beside the condition."""
    with dsl.If(decide().outputs["yes"] == True):  # noqa: E712
        plain()


@dsl.pipeline
def container_last():
    """Run Python, then a container."""
    echo().after(plain())


@dsl.pipeline
def many_reasons():
    """Fail in several ways."""
    needy()
    echo()


@dsl.pipeline
def reported():
    """Write reports."""
    judge()
    classify()


@dsl.pipeline
def failing(path: str):
    """Fail, with a task that is not started."""
    plain().after(fail_unless(path=path))
