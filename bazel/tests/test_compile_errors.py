"""A source that does not compile: the error has a place, a reason and a fix, but no stack trace."""

import sys
import textwrap

import kfp
import pytest
from kfp import kubernetes

_HEAD = """\
from kfp import dsl


@dsl.component(base_image="python:3.13")
def add(a: int) -> int:
    return a


"""
_ONE = '@dsl.pipeline(name="one")\ndef one():\n    add(a=1)\n'
_TWO = '\n\n@dsl.pipeline(name="two")\ndef two():\n    add(a=2)\n'


@pytest.fixture
def failure(compile_text, tmp_path):
    """Compile a source that must fail, and return the message with the usual name of the source."""

    def _failure(text: str, *flags: str, **options: str) -> str:
        compiled = compile_text(text, *flags, **options)
        assert compiled.status == 1
        assert not list(tmp_path.glob("out*")), "a failure leaves no output behind"
        assert "Traceback" not in compiled.message
        return compiled.message.replace(str(tmp_path / "source.py"), "pipelines/it.py").rstrip()

    return _failure


def test_two_pipelines_need_a_function(failure, compile_text):
    """The tool cannot guess which of two pipelines is meant."""
    assert failure(_HEAD + _ONE + _TWO) == (
        "pipelines/it.py: function must name one of the pipelines of the file, which defines "
        "['one', 'two']. Decorate a function with @dsl.pipeline, or say which one by function = ..."
    )
    assert "name: two" in compile_text(_HEAD + _ONE + _TWO, "--function=two").text


def test_a_file_without_a_pipeline(failure):
    """Components are not pipelines."""
    assert "which defines none." in failure(_HEAD)


@pytest.mark.parametrize(
    ("function", "got"),
    [
        ("add", "component"),
        ("dsl", "module"),
        ("gone", "nothing of that name"),
    ],
)
def test_function_must_be_a_pipeline(failure, function, got):
    """The function in the BUILD file is not a pipeline."""
    assert failure(_HEAD + _ONE, f"--function={function}") == (
        f"pipelines/it.py: function must name a pipeline, got {function!r}, which is {got}. "
        "Decorate it with @dsl.pipeline."
    )


def test_syntax_errors_have_their_line(failure):
    """Syntax errors are reported as Python reports them."""
    message = failure(_HEAD + "def broken(:\n    pass\n")
    assert message == "pipelines/it.py:9: SyntaxError: invalid syntax\n    def broken(:"


@pytest.mark.parametrize("name", ["pytest", "yaml", "requests", "google.protobuf", "kfp_compiler"])
def test_undeclared_imports_fail(failure, name):
    """Only modules in the deps can be imported, even if KFP or the tool needs others."""
    assert failure(f"import {name}\n" + _HEAD + _ONE) == (
        f"pipelines/it.py:1: ModuleNotFoundError: No module named {name!r}. "
        f"Add the target that provides it to the deps of //pipelines:it.\n    import {name}"
    )


def test_undeclared_imports_by_name_fail(failure):
    """importlib finds no more modules than the import statement."""
    by_name = (
        "import importlib\nimportlib.import_module('kfp.dsl')\nimportlib.import_module('yaml')\n"
    )
    assert failure(by_name + _HEAD + _ONE).startswith(
        "pipelines/it.py:3: ModuleNotFoundError: No module named 'yaml'. Add the target that "
    )


def test_declared_imports_succeed(compile_text, tmp_path):
    """The deps may provide modules that KFP needs, and modules of the workspace."""
    text = "import os.path, xml.dom, kfp.dsl\nimport yaml, other\nfrom yaml import nodes\n"
    root = next("/".join(path.split("/")[-2:]) for path in sys.path if "pyyaml" in path)
    (tmp_path / "other.py").touch()
    flags = [f"--root={root}", f"--file=_main/other.py\t{tmp_path}/other.py"]
    assert "name: one" in compile_text(text + _HEAD + _ONE, *flags).text


def test_the_compile_tool_cannot_be_shadowed(compile_text, tmp_path):
    """A file with the name of a module of KFP or of Python does not replace that module."""
    names = ["yaml", "colorsys"]
    for name in names:
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('a shadow')", encoding="utf-8")
    flags = [f"--file=_main/{name}.py\t{tmp_path}/{name}.py" for name in names]
    assert "name: one" in compile_text("import colorsys\n" + _HEAD + _ONE, *flags).text


def test_a_part_of_kfp_that_is_not_declared_fails(failure):
    """The part is a separate distribution, with its own target."""
    text = "from kfp import kubernetes\n" + _HEAD + _ONE
    assert failure(text, without_deps=True) == (
        "pipelines/it.py:1: ModuleNotFoundError: No module named 'kfp.kubernetes'. "
        "Add the target that provides it to the deps of //pipelines:it."
        "\n    from kfp import kubernetes"
    )


def test_modules_that_are_made_at_run_time(compile_text):
    """A module that the source itself creates needs no declaration."""
    made = "import sys, types\nsys.modules['made'] = types.ModuleType('made')\nimport made\n"
    assert compile_text(made + _HEAD + _ONE).text


def test_undeclared_modules_that_are_made_at_run_time(failure):
    """Modules that another module creates must be declared with it."""
    assert "No module named 'six.moves'. Add" in failure("import six.moves\n" + _HEAD + _ONE)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("from kfp.dsl import gone", "ImportError: cannot import name 'gone' from 'kfp.dsl'"),
        ("from kfp import gone", "ImportError: cannot import name 'gone' from 'kfp'"),
        ("dsl.gone", "AttributeError: module 'kfp.dsl' has no attribute 'gone'"),
        ("dsl.Dataset().gone", "AttributeError: 'Dataset' object has no attribute 'gone'"),
        (
            "dsl.PipelineConfig(gone=1)",
            "TypeError: PipelineConfig.__init__() got an unexpected keyword argument 'gone'",
        ),
        (
            "dsl.component(lambda: 1, gone=1)",
            "TypeError: component() got an unexpected keyword argument 'gone'",
        ),
    ],
)
def test_what_an_sdk_lacks_is_named_with_its_version(failure, code, reason):
    """A pipeline may have been written for another version of KFP than the locked one."""
    message = failure(f"from kfp import dsl\n{code}\n" + _ONE)
    assert message == f"pipelines/it.py:2: {reason}. This is kfp {kfp.__version__}.\n    {code}"


def test_what_a_part_of_kfp_lacks_has_the_version_of_the_part(failure):
    """The part has its own releases."""
    code = "kubernetes.gone"
    assert failure(f"from kfp import dsl, kubernetes\n{code}\n") == (
        "pipelines/it.py:2: AttributeError: module 'kfp.kubernetes' has no attribute 'gone'. "
        f"This is kfp.kubernetes {kubernetes.__version__}.\n    {code}"
    )


def test_other_errors_do_not_speak_of_kfp(failure):
    """A missing argument of a function in the source does not concern KFP."""
    message = failure("def component(): ...\ncomponent(gone=1)\n" + _HEAD + _ONE)
    assert message.startswith("pipelines/it.py:2: TypeError: component() got an unexpected keyword")
    assert "kfp" not in message


def test_messages_of_kfp_have_the_line_they_are_about(failure):
    """The line is the innermost one in the pipeline, not in KFP."""
    wrong = _HEAD + '@dsl.pipeline(name="wrong")\ndef wrong(text: str):\n    add(a=text)\n'
    message = failure(wrong)
    assert message.startswith("pipelines/it.py:11: InconsistentTypeException: Incompatible ")
    assert message.endswith("\n    add(a=text)")


def test_kfp_names_the_method_that_was_called(failure):
    """The compile tool tells KFP its callers, whose names are part of this message."""
    source = "    dsl.importer('gs://b/o', dsl.Dataset).set_cpu_limit('1')\n"
    message = failure(_HEAD + '@dsl.pipeline(name="one")\ndef one():\n' + source)
    assert "set_cpu_limit can only be used on single-step components" in message


def test_errors_in_parameters_have_the_file(failure):
    """KFP reports these errors after the source has been loaded."""
    assert failure(_HEAD + _ONE, '--parameters={"b":1}').startswith(
        "pipelines/it.py: ValueError: Pipeline parameter b does not match any known"
    )


def test_platform_specs_need_yaml(failure):
    """KFP cannot write a platform spec into JSON."""
    text = textwrap.dedent("""\
        from kfp import kubernetes
        @dsl.pipeline(name="it")
        def it():
            kubernetes.use_secret_as_volume(add(a=1), secret_name="s", mount_path="/s")
    """)
    assert "only supported when serializing to YAML" in failure(_HEAD + text, form="json")


def test_a_source_that_exits(failure):
    """sys.exit is reported like any other failure."""
    assert failure("import sys\nsys.exit('no')\n") == (
        "pipelines/it.py:2: SystemExit: no\n    sys.exit('no')"
    )
