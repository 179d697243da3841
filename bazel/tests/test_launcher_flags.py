"""The command line of NAME.run and NAME.submit."""

from typing import List, Optional  # noqa: UP035 - KFP supports no other list of artifacts

import pytest
from kfp import dsl
from kfp.dsl import Dataset, Input
from kfp_launcher.flags import CommandLine


@dsl.component(base_image="python:3.13")
def everything(
    n_rows: int = 5,
    rate: float = 0.5,
    on: bool = False,
    names: list = ["a"],  # noqa: B006 - KFP's defaults are values
    rules: dict = {},  # noqa: B006
    text: str = "",
    label: Optional[str] = None,  # noqa: UP045 - KFP supports no other
    count: Optional[int] = None,  # noqa: UP045
):
    """Take one of each type.

    Args:
        n_rows: 100 % of them.
        rate: Of what.
        on: Whether.
        names: Which.
        rules: How.
        text: What.
        label: Where.
        count: How many.
    """


@dsl.component(base_image="python:3.13")
def greedy(namespace: str, timeout: str = "", help: str = "", kfp_timeout: str = ""):
    """Have parameters with the names of our flags."""


@dsl.component(base_image="python:3.13")
def reader(data: Input[Dataset], tables: Input[List[Dataset]]):  # noqa: UP006
    """Read artifacts."""


def _line(component=everything, artifacts=False) -> CommandLine:
    line = CommandLine(component, artifacts)
    line.add("namespace", help="of Kubernetes")
    line.add("timeout", type=float)
    line.add("wait", action="store_true")
    return line


def _refusal(capsys, *arguments: str, **options) -> str:
    with pytest.raises(SystemExit, match="2"):
        _line(**options).parse(list(arguments))
    message, advice = capsys.readouterr().err.splitlines()
    assert advice == "--help lists all flags."
    return message.partition(": ")[2]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--n_rows", "7"], {"n_rows": 7}),
        (["--n-rows=7"], {"n_rows": 7}),
        (["--n_rows", "-7"], {"n_rows": -7}),
        (["--rate", "-1e-3"], {"rate": -0.001}),
        (["--text", "-text"], {"text": "-text"}),
        (["--text", "--text of mine"], {"text": "--text of mine"}),
        (["--text=--wait"], {"text": "--wait"}),
        (["--text", ""], {"text": ""}),
        (["--text", "a=b"], {"text": "a=b"}),
        (["--text", "null"], {"text": "null"}),
        (["--text", "@file"], {"text": "@file"}),
        (["--on", "True"], {"on": True}),
        (["--names", '["a", 1, {"b": [true]}]'], {"names": ["a", 1, {"b": [True]}]}),
        (["--rules", '{"a": 1.5}'], {"rules": {"a": 1.5}}),
        (["--count", "null"], {}),
        (["--n_rows", str(2**53)], {"n_rows": 2**53}),
    ],
)
def test_values(arguments, expected):
    """A value may begin with anything; null is the default null."""
    assert _line().parse(arguments)[1] == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--n_rows=many"], "--n_rows must be a whole number, got 'many'. Example: --n_rows 3"),
        (["--n_rows=1e3"], "--n_rows must be a whole number, got '1e3'. Example: --n_rows 3"),
        ([f"--n_rows={2**53 + 1}"], f"--n_rows must lie between -2**53 and 2**53, got {2**53 + 1}"),
        (["--rate=nan"], "--rate must be a finite number, got 'nan': JSON has no others."),
        (["--rate=-inf"], "--rate must be a finite number, got '-inf'"),
        (["--on=yes"], "--on must be true or false, got 'yes'. Example: --on true"),
        (["--names", "a,b"], "--names must be a JSON list, got 'a,b' (Expecting value"),
        (["--names", "a,b"], """Example: --names '["a", 1]'"""),
        (["--names", "{}"], "--names must be a JSON list, got '{}'."),
        (["--names", "[1, [NaN]]"], "--names must contain only finite numbers, got NaN"),
        (["--names", "[1e999]"], "--names must contain only finite numbers, got 1e999"),
        (["--names", "[1, null]"], "--names must not contain null, which KFP cannot pass on."),
        (["--names", f"[{2**53 + 1}]"], f"--names must lie between -2**53 and 2**53, got {2**53 + 1}"),
        (["--rules", '{"a": {"b": null}}'], "--rules must not contain null"),
        (["--rules", '{"a": 1, "a": 2}'], "--rules must have every name once, got 'a' twice."),
        (["--rules", "@none.json"], "--rules must be a JSON object, or @FILE with one, got '@none"),
        (["--n_rows=null"], "--n_rows must not be null: only the default null can be, and it has"),
        (["--n_row=1"], "there is no flag --n_row. Did you mean --n_rows?"),
        (["n_rows=1"], "got 'n_rows=1', which follows no flag. Did you mean --n_rows?"),
        (["--n_rows"], "--n_rows must have a value, but the command line ends there."),
        (["--text", "--wait"], "--text must have a value, got the flag --wait."),
        (["--n_rows=1", "--n-rows=2"], "--n-rows must be given only once, but was given again."),
        (["--timeout=soon"], "argument --timeout: invalid float value: 'soon'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_line(capsys, arguments, message):
    """The message states the flag, the rule, the value and the correct form."""
    assert message in _refusal(capsys, *arguments)


def test_json_comes_from_a_file(tmp_path, monkeypatch, capsys):
    """The path of the file is relative to the user's folder."""
    (tmp_path / "rules.json").write_text('{"a": 1}', encoding="utf-8")
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(tmp_path))
    assert _line().parse(["--rules", "@rules.json"])[1] == {"rules": {"a": 1}}
    (tmp_path / "rules.json").write_text("[", encoding="utf-8")
    assert "got '@rules.json' (Expecting value: line 1" in _refusal(capsys, "--rules=@rules.json")


def test_what_is_left_out_has_the_default_of_kfp():
    """The values are exactly those that the user gave."""
    own, values = _line().parse(["--wait"])
    assert (own.wait, own.timeout, own.namespace, values) == (True, None, None, {})


def test_a_parameter_of_our_name_wins(capsys):
    """Our flag then has only its long name; the help says which is which."""
    line = _line(greedy)
    own, values = line.parse(["--namespace=a", "--timeout=b", "--kfp_namespace=c", "--help=d"])
    assert values == {"namespace": "a", "timeout": "b", "help": "d"}
    assert own.namespace == "c"
    assert line.flag("namespace") == "--kfp_namespace"
    with pytest.raises(SystemExit, match="0"):
        line.parse(["--kfp_help"])
    text = capsys.readouterr().out
    parameters, _, flags = text.partition("\nflags:\n")
    assert "--namespace STRING" in parameters
    assert "--kfp_namespace" in flags
    assert "--namespace" not in flags.replace("--kfp_namespace", "")


def test_a_parameter_may_begin_as_our_long_names_do():
    """Our flag then repeats its prefix, and does not have its plain name."""
    own, values = _line(greedy).parse(["--namespace=a", "--kfp_timeout=b", "--kfp_kfp_timeout=1"])
    assert values == {"namespace": "a", "kfp_timeout": "b"}
    assert own.timeout == 1
    assert _line(greedy).flag("timeout") == "--kfp_kfp_timeout"


def test_ours_have_a_long_name_always():
    """The long name exists even if the plain name is free."""
    assert _line().parse(["--kfp_timeout", "-1", "--kfp-wait"])[0].wait


def test_help_shows_type_description_and_default(capsys):
    """A per cent sign is shown as well."""
    with pytest.raises(SystemExit, match="0"):
        _line().parse(["-h"])
    text = capsys.readouterr().out
    assert "--n_rows INTEGER" in text
    assert "100 % of them. (default: 5)" in text
    assert "(default: null)" in text


def test_an_artifact_is_a_path(tmp_path, monkeypatch, capsys):
    """The path is that of a file on this machine, where the program can import it."""
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(tmp_path))
    (tmp_path / "t").touch()
    refusal = _refusal(capsys, "--data=u", "--tables=u", component=reader, artifacts=True)
    assert refusal == "--data must be a file or folder on this machine, got 'u'."
    refusal = _refusal(capsys, "--data=t", "--tables=t", component=reader, artifacts=True)
    assert refusal == "--tables must be left out: only a loop can provide a list of artifacts."
    refusal = _refusal(capsys, component=reader, artifacts=True)
    assert refusal == "--data must be given, as the path of the artifact on this machine."
    refusal = _refusal(capsys, component=reader)
    assert refusal.startswith("data must come from another task, since it is an artifact.")


def test_parameters_of_artifact_type_are_found(tmp_path):
    """The path is absolute."""

    @dsl.component(base_image="python:3.13")
    def read(data: Input[Dataset]):
        pass

    (tmp_path / "t").touch()
    given = _line(read, artifacts=True).parse([f"--data={tmp_path / 't'}"])[1]
    assert given == {"data": str(tmp_path / "t")}
