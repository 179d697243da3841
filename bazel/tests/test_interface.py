"""The interface test: changes that break users fail, and others pass."""

import copy
import json
import os
import subprocess
import sys

import pytest

_COMMAND = "bazel run //p:it_interface_test.update"
_RELEASED = {
    "name": "it",
    "version": "1.4.0",
    "inputs": {
        "data": {"type": "system.Dataset", "optional": False},
        "rows": {"type": "NUMBER_INTEGER", "optional": True},
    },
    "outputs": {"model": {"type": "system.Model"}},
}
_OPTIONAL = {"type": "STRING", "optional": True}
_REQUIRED = {"type": "STRING", "optional": False}


@pytest.fixture
def check(tmp_path):
    """Run the test on an interface; return its message, which is empty if it passed."""

    def _check(now: dict, released: dict | None = _RELEASED) -> str:
        flags = [f"--command={_COMMAND}", f"--now={tmp_path / 'now'}"]
        (tmp_path / "now").write_text(json.dumps(now), encoding="utf-8")
        if released:
            (tmp_path / "released").write_text(json.dumps(released), encoding="utf-8")
            flags.append(f"--released={tmp_path / 'released'}")
        command = [sys.executable, os.environ["INTERFACE_MAIN"], *flags]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == (1 if result.stderr else 0)
        return result.stderr

    return _check


def _changed(version: str = "1.5.0", **changes: dict) -> dict:
    """The released interface with ports added, replaced, or (with None) removed."""
    now = copy.deepcopy(_RELEASED) | {"version": version}
    for place, port in changes.items():
        kind, _, name = place.partition("_")
        now[f"{kind}s"] |= {name: port}
        now[f"{kind}s"] = {k: v for k, v in now[f"{kind}s"].items() if v}
    return now


_BREAKING = [
    ({"input_rows": None}, "input 'rows' is gone"),
    ({"input_rows": None, "input_n": _OPTIONAL}, "input 'rows' is gone"),
    ({"input_rows": _OPTIONAL}, "input 'rows' was NUMBER_INTEGER, is STRING"),
    (
        {"input_rows": {"type": "NUMBER_INTEGER", "optional": False}},
        "input 'rows' was optional, is required",
    ),
    ({"input_name": _REQUIRED}, "input 'name' is new and required"),
    ({"output_model": None}, "output 'model' is gone"),
    ({"output_model": {"type": "system.Dataset"}}, "output 'model' was system.Model, is system.D"),
]


@pytest.mark.parametrize(("changes", "message"), _BREAKING)
def test_breaking_changes_fail(check, changes, message):
    """The message states the version, the change, and the command that records it."""
    failure = check(_changed(**changes))
    assert failure.startswith("it must keep the interface of version 1.4.0, but:\n")
    assert f"  {message}" in failure
    assert "or raise the major version, which is now 1.5.0." in failure
    assert failure.endswith(f"record its interface: {_COMMAND}\n")


@pytest.mark.parametrize("changes", [changes for changes, _ in _BREAKING])
def test_breaking_changes_pass_with_a_new_major_version(check, changes):
    """A new major version may break users."""
    assert not check(_changed("2.0.0", **changes))


@pytest.mark.parametrize(
    ("released", "now", "may"),
    [
        ("0.1.0", "0.1.1", False),
        ("0.1.0", "0.2.0", True),
        ("0.1.0", "0.2.0.dev0", True),
        ("0.9.0", "0.10.0", True),
        ("0.10.0", "0.9.0", False),
        ("0.9.3", "1.0.0", True),
        ("1.0.0", "1.1.0", False),
        ("1.9.0", "2.0.0rc1", True),
        ("", "", False),
    ],
)
def test_a_minor_version_may_break_below_1_0_only(check, released, now, may):
    """In Semantic Versioning anything may change in 0.y.z, but users of 0.1 get any 0.1.z."""
    failure = check(_changed(now, input_rows=None), _RELEASED | {"version": released})
    assert not failure if may else "input 'rows' is gone" in failure
    part = "major" if now.startswith("1") else "minor"
    assert may or f"raise the {part} version, which is now {now}." in failure


_LIBRARY = {
    "name": "components",
    "version": "0.1.0",
    "components": {"load": _RELEASED, "split": _RELEASED},
}


def test_a_library_keeps_its_components(check):
    """Every component is compared with its released interface, and new components may be added."""
    assert not check(
        _LIBRARY | {"components": _LIBRARY["components"] | {"new": _RELEASED}}, _LIBRARY
    )
    changed = _changed(input_rows=None, input_n_rows=_OPTIONAL)
    failure = check(_LIBRARY | {"components": {"load": changed}}, _LIBRARY)
    assert failure.startswith("components must keep the interface of version 0.1.0, but:\n")
    assert "  load: input 'rows' is gone\n" in failure
    assert "  component 'split' is gone\n" in failure


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"input_name": _OPTIONAL},
        {"input_data": {"type": "system.Dataset", "optional": True}},
        {"output_metrics": {"type": "system.Metrics"}},
    ],
)
def test_compatible_changes_pass(check, changes):
    """Users of the released interface are not affected."""
    assert not check(_changed(**changes))


def test_an_interface_has_to_be_recorded(check):
    """Without a record, the test could never fail."""
    failure = check(_changed(), released=None)
    assert failure == f"it must have a recorded interface. Record it: {_COMMAND}\n"
