"""Does before the first request what every request would do anew in its fork."""

import tempfile


def warm_up() -> None:
    """Compile a pipeline that nobody asked for.

    It leaves expressions compiled, modules imported and protobuf's classes built, which the forks
    then share: a third of their time.
    """
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

    with tempfile.TemporaryDirectory(prefix="kfp_compile.") as folder:
        compiler.Compiler().compile(pipeline, f"{folder}/pipeline.yaml")
