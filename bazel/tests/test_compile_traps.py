"""Problems that a definition would have on a backend are reported with name and line."""

import textwrap

import pytest

_HEAD = """\
from kfp import dsl
from kfp.dsl import Artifact, Dataset, Input, Output


@dsl.component(base_image="python:3.13")
def show(text: str = "", texts: list = [], data: Input[Dataset] = None) -> str:
    return text


@dsl.component(base_image="python:3.13")
def make(number: int, data: Output[Dataset]):
    pass


@dsl.component(base_image="python:3.13")
def join(parts: Input[list[Dataset]]):
    pass


def asks(task):
    return task.set_cpu_request("1").set_memory_request("1Gi")


@dsl.pipeline(name="it")
def it({parameters}):
"""
_FIRST = _HEAD.count("\n") + 1


@pytest.fixture
def compiled(compile_text, tmp_path):
    """Compile a pipeline's body; return the status and the output with the usual name."""

    def _compiled(body: str, *flags: str, parameters: str = ""):
        text = _HEAD.replace("{parameters}", parameters) + textwrap.indent(body, "    ") + "\n"
        result = compile_text(text, *flags)
        return result.status, result.message.replace(str(tmp_path / "source.py"), "it.py")

    return _compiled


_WARNINGS = {
    "cached_collection": (
        "with dsl.ParallelFor([1, 2]) as number:\n"
        "    made = asks(make(number=number))\n"
        "asks(join(parts=dsl.Collected(made.output)))",
        "",
        f"it.py:{_FIRST + 1}: make.set_caching_options must be False, got True: for-loop-2 collects",
    ),
    "no_requests": (
        "asks(show())\nshow()",
        "",
        f"it.py:{_FIRST + 1}: set_cpu_request and set_memory_request of show-2 must be called",
    ),
    "parameter_in_constant": (
        "asks(show(texts=[label]))",
        "label: str",
        f"it.py:{_FIRST}: show.texts must not hold the parameter 'label' inside a constant",
    ),
    "substituted_text": (
        'asks(show(text="a {{workflow.name}}"))',
        "",
        f"it.py:{_FIRST}: show.text must arrive as it is written, got '{{{{workflow.name}}}}'",
    ),
    "unguarded_import": (
        "imported = dsl.importer(uri, Dataset)\nasks(show(data=imported.output))",
        "uri: str",
        f"it.py:{_FIRST}: importer.reimport must be True, or show must take a digest",
    ),
}
_ERRORS = {
    "argument_too_large": (
        'asks(show(text="x" * 131073))',
        "",
        f"it.py:{_FIRST}: show's inputs must have at most 131072 bytes as JSON, got 131",
    ),
    "cached_outside_input": (
        'task = asks(show(text="/data"))\ntask.set_env_variable("KFP_OUTSIDE_INPUTS", "text")',
        "",
        f"it.py:{_FIRST}: show.set_caching_options must be False, got True: the component reads "
        "what lies at text",
    ),
    "collection_too_large": (
        "with dsl.ParallelFor(list(range(300))) as number:\n"
        "    made = asks(make(number=number)).set_caching_options(False)\n"
        "asks(join(parts=dsl.Collected(made.output)))",
        "",
        f"it.py:{_FIRST + 1}: for-loop-2.items must be at most 243 if artifacts are collected, got 300",
    ),
    "definition_too_large": (
        'for number in range(9):\n    asks(show(text="x" * 100_000)).set_caching_options(False)',
        "",
        "it.py: the definition must have at most 1572864 bytes as JSON, tasks counted twice, got 1",
    ),
    "importer_of_output": (
        "made = asks(show())\nread = dsl.importer(made.output, Dataset, reimport=True)\n"
        "asks(show(data=read.output))",
        "",
        f"it.py:{_FIRST + 1}: importer.artifact_uri must be a constant or an input of its pipeline",
    ),
    "importer_uri": (
        'read = dsl.importer("/data/x", Dataset, reimport=True)\nasks(show(data=read.output))',
        "",
        f"it.py:{_FIRST}: importer.artifact_uri must begin with one of gs://, s3://, minio://",
    ),
    "substituted_text": (
        'asks(show(text="y$$"))',
        "",
        f"it.py:{_FIRST}: show.text must arrive as it is written, got '$$'",
    ),
}


@pytest.mark.parametrize("rule", _WARNINGS)
def test_what_may_go_wrong_is_a_warning(compiled, rule):
    """The warning states the place and the rule; a strict pipeline does not compile."""
    body, parameters, expected = _WARNINGS[rule]
    status, message = compiled(body, parameters=parameters)
    assert (status, message.startswith(f"WARNING: {expected}")) == (0, True), message
    assert message.rstrip().endswith(f"[{rule}]")
    status, message = compiled(body, "--strict", parameters=parameters)
    assert (status, message.startswith(expected)) == (1, True), message


@pytest.mark.parametrize("rule", _ERRORS)
def test_what_works_on_no_backend_is_an_error(compiled, rule):
    """The error states the place; an exception with a reason permits it silently."""
    body, parameters, expected = _ERRORS[rule]
    status, message = compiled(body, parameters=parameters)
    assert (status, message.startswith(expected)) == (1, True), message
    assert f"[{rule}]" in message
    allow = f'--allow={{"{rule}": "tried there"}}'
    assert compiled(body, allow, parameters=parameters) == (0, "")


@pytest.mark.parametrize(
    ("body", "parameters"),
    [
        # The imported content is guarded by a digest that is computed in every run.
        (
            "now = dsl.importer(uri, Dataset, reimport=True)\n"
            "digest = asks(show(data=now.output)).set_caching_options(False)\n"
            "known = dsl.importer(uri, Dataset)\n"
            "asks(show(data=known.output, text=digest.output))",
            "uri: str",
        ),
        ('asks(show(text="$5 $(date) $(HOME) {{x}} {{$.pipeline_job_name}}"))', ""),
        ("asks(show(text=label))", "label: str"),
    ],
)
def test_what_is_right_is_not_mentioned(compiled, body, parameters):
    """A strict pipeline without traps compiles silently."""
    assert compiled(body, "--strict", parameters=parameters) == (0, "")


def test_a_default_that_the_build_file_sets_is_looked_at(compiled):
    """The default in the definition is the one that counts."""
    status, message = compiled(
        "asks(show(text=label))", '--parameters={"label": "y$$"}', parameters='label: str = "y"'
    )
    assert status == 1
    assert message.startswith("it.py: the default of label must arrive as it is written, got '$$'")


@pytest.mark.parametrize(
    ("allow", "expected"),
    [
        ('{"typo": "why"}', "must name some of the rules ("),
        ('{"no_requests": " "}', "must give a reason for 'no_requests', got ' '."),
        (
            '{"no_requests": "why"}',
            "must name rules that are broken, got 'no_requests'. Remove it.",
        ),
    ],
)
def test_an_exception_that_is_not_right(compiled, allow, expected):
    """An exception must name a rule that is broken, and give a reason."""
    body = "show()" if '" "' in allow else "asks(show())"
    status, message = compiled(body, f"--allow={allow}")
    assert (status, f"//pipelines:it.allow {expected}" in message) == (1, True), message
