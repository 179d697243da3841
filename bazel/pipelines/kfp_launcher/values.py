"""The values of parameters, as users write them on a command line."""

import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from kfp.dsl.structures import InputSpec
from kfp.dsl.types import type_utils

# The whole numbers that a double represents exactly; KFP's definitions store numbers as doubles.
_LARGEST = 2**53
_EXAMPLES = {
    "Integer": "3",
    "Float": "0.5",
    "Boolean": "true",
    "List": """'["a", 1]'""",
    "Dict": """'{"key": 1}'""",
}


class WrongValueError(Exception):
    """A value is wrong; the message contains the rule, without the name of the flag."""


def is_parameter(spec: InputSpec) -> bool:
    """Return whether an input is a parameter rather than an artifact."""
    return type_utils.is_parameter_type(spec.type)


def user_directory() -> Path:
    """Return the folder in which the user typed `bazel run`; relative paths start there."""
    return Path(os.environ.get("BUILD_WORKING_DIRECTORY", ".")).absolute()


def parse(text: str, spec: InputSpec) -> object:
    """Return the value of a parameter.

    Args:
        text: The user's text. Lists and dicts are JSON, or `@FILE` for a file with JSON.
        spec: The parameter.

    Returns:
        The value; None for `null`, which stands for the default null.

    Raises:
        WrongValueError: If the text is not such a value, or if KFP could not pass it on unchanged.
    """
    if text == "null" and spec.type != "String":
        _check_null(spec)
        return None
    return _PARSERS.get(spec.type, str)(text)


def example(spec: InputSpec) -> str:
    """Return an example value of the parameter's type, in the syntax of a shell."""
    return _EXAMPLES.get(spec.type, "text")


def default(spec: InputSpec) -> str:
    """Return the default as a user writes it; in definitions whole numbers are doubles."""
    value = spec.default
    if spec.type == "Integer" and value is not None:
        value = int(value)
    return json.dumps(value)


def local_path(text: str) -> str:
    """Return the absolute path of an artifact on this machine.

    Raises:
        WrongValueError: If it does not exist.
    """
    path = user_directory() / text
    if not path.exists():
        raise WrongValueError(f"be a file or folder on this machine, got {text!r}")
    return str(path)


def _check_null(spec: InputSpec) -> None:
    if not spec.optional or spec.default is not None:
        has = f"the default {default(spec)}" if spec.optional else "no default"
        raise WrongValueError(f"not be null: only the default null can be, and it has {has}")


def _integer(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise WrongValueError(f"be a whole number, got {text!r}") from None
    return _exact(value)


def _exact(value: int) -> int:
    if abs(value) > _LARGEST:
        raise WrongValueError(
            f"lie between -2**53 and 2**53, got {value}: KFP holds numbers as doubles, which would "
            "round it"
        )
    return value


def _float(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise WrongValueError(f"be a number, got {text!r}") from None
    if not math.isfinite(value):
        raise WrongValueError(f"be a finite number, got {text!r}: JSON has no others")
    return value


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise WrongValueError(f"be true or false, got {text!r}")
    return text.lower() == "true"


def _json(kind: type) -> Callable[[str], object]:
    def parse_json(text: str) -> object:
        what = f"be a JSON {'list' if kind is list else 'object'}"
        content, shown = (_read(text, what), text) if text.startswith("@") else (text, text)
        try:
            value = json.loads(
                content,
                object_pairs_hook=_without_repeats,
                parse_constant=_refuse_constant,
                parse_float=_finite,
                parse_int=lambda digits: _exact(int(digits)),
            )
        except json.JSONDecodeError as error:
            raise WrongValueError(f"{what}, got {shown!r} ({error})") from None
        if not isinstance(value, kind):
            raise WrongValueError(f"{what}, got {shown!r}")
        _refuse_null(value)
        return value

    return parse_json


def _read(text: str, what: str) -> str:
    try:
        return (user_directory() / text[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongValueError(f"{what}, or @FILE with one, got {text!r} ({error})") from None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise WrongValueError(f"have every name once, got {repeated!r} twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise WrongValueError(f"contain only finite numbers, got {name}: JSON has no others")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        _refuse_constant(text)
    return value


def _refuse_null(value: object) -> None:
    """Refuse null inside a list or dict, since KFP's definitions have no value for it."""
    inner = list(value.values()) if isinstance(value, dict) else value
    if isinstance(inner, list):
        for element in inner:
            _refuse_null(element)
    elif value is None:
        raise WrongValueError("not contain null, which KFP cannot pass on")


_PARSERS: dict[str, Callable[[str], object]] = {
    "Integer": _integer,
    "Float": _float,
    "Boolean": _boolean,
    "List": _json(list),
    "Dict": _json(dict),
}
