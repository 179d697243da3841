"""Does once, before the first request, work that every fork would otherwise repeat."""

import tempfile

from kfp_compiler.archives import Archives
from kfp_compiler.declared_files import find_interpreter, find_workspaces


def warm_up(archives: Archives) -> None:
    """Compile a small pipeline, so that forks start with warm caches.

    This compiles regular expressions, imports modules and builds protobuf's classes. The forks then
    share all of it, which saves a third of their time.
    """
    find_interpreter()
    find_workspaces(archives.files, ())
    _compile()


def _compile() -> None:
    from kfp import compiler, dsl

    import kfp_compiler.resolved  # noqa: F401 - can only be imported after KFP

    @dsl.component(base_image="python:3.13")
    def task(text: str, data: dsl.Output[dsl.Dataset]) -> str:
        """Return a text.

        Args:
            text: The text.
            data: Never written.
        """
        return text

    @dsl.pipeline
    def pipeline(text: str = "") -> str:
        """Return a text."""
        with dsl.If(text == "once"), dsl.ParallelFor(["a"]) as item:
            task(text=item)
        return task(text=text).outputs["Output"]

    with tempfile.TemporaryDirectory(prefix="kfp_warm_up.") as folder:
        compiler.Compiler().compile(pipeline, f"{folder}/pipeline.yaml")
