"""JSON that components pass to each other, which is checked strictly when it is read."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from kfp_component_lib.errors import DataError, check
from kfp_component_lib.files import StrPath

__all__ = ["from_state", "read_state"]

Stated = TypeVar("Stated")
_NAMES = {str: "a string", float: "a finite number", int: "an integer", bool: "true or false"}


def read_state(path: StrPath, form: str, field: str, fix: str) -> dict[str, Any]:
    """Read a JSON file that states its own format.

    Args:
        path: The file.
        form: The required value of its `format`.
        field: Name of the input for error messages, as `owner.field`.
        fix: Where the reader can get a valid file.

    Returns:
        The content of the file without `format`.

    Raises:
        DataError: If the file cannot be read, is not a JSON object, states a name twice, or has
            another format.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        state = json.loads(text, object_pairs_hook=lambda pairs: _once(pairs, field, fix))
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(field, "be a JSON file", str(path), fix, error) from error
    found = state.pop("format", None) if isinstance(state, dict) else None
    check(found == form, field, f"have the format {form!r}", found, fix)
    return dict(state)


def from_state(kind: type[Stated], state: object, field: str, fix: str) -> Stated:
    """Convert a JSON object to a dataclass; it must state every attribute and nothing else.

    Args:
        kind: A dataclass whose attributes are strings, numbers, booleans, dataclasses, tuples of
            these, or unions of these. An attribute with a default may be missing.
        state: The JSON object.
        field: Name of the input for error messages, as `owner.field`.
        fix: Where the reader can get a valid object.

    Returns:
        The dataclass. All of its numbers are finite.

    Raises:
        DataError: If an attribute is missing, unknown, or of the wrong type.
    """
    stated: Stated = _object(kind, state, "", _Refusal(field, fix))
    return stated


@dataclasses.dataclass(frozen=True)
class _Refusal:
    """Raises errors that say where in the JSON object the fault is."""

    field: str
    fix: str

    def unless(self, condition: object, place: str, rule: str, got: object) -> None:
        check(condition, self.field, f"{rule}{place and f' in {place}'}", got, self.fix)


def _object(kind: Any, state: object, place: str, refuse: _Refusal) -> Any:
    known = dataclasses.fields(kind)
    needed = [f.name for f in known if f.default is dataclasses.MISSING]
    refuse.unless(isinstance(state, dict), place, f"state {needed}", state)
    assert isinstance(state, dict)
    missing = sorted(set(needed) - set(state))
    refuse.unless(not missing, place, f"state {', '.join(map(repr, missing))}", sorted(state))
    unknown = sorted(set(state) - {f.name for f in known})
    refuse.unless(not unknown, place, f"state nothing but {[f.name for f in known]}", unknown)
    hints, prefix = get_type_hints(kind), f"{place}." if place else ""
    return kind(**{n: _value(hints[n], v, f"{prefix}{n}", refuse) for n, v in state.items()})


def _value(hint: Any, value: object, place: str, refuse: _Refusal) -> Any:
    if dataclasses.is_dataclass(hint):
        return _object(hint, value, place, refuse)
    if get_origin(hint) is tuple:
        refuse.unless(isinstance(value, list), "", f"state {place} as a list", value)
        assert isinstance(value, list)
        (inner,) = {*get_args(hint)} - {...}
        return tuple(_value(inner, v, f"{place}[{n}]", refuse) for n, v in enumerate(value))
    options = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    lists = [option for option in options if get_origin(option) is tuple]
    if lists and value is not None:
        return _value(lists[0], value, place, refuse)
    options = tuple(option for option in options if option not in lists)
    fitting = [option for option in options if _fits(option, value)]
    kinds = " or ".join(map(_name, options))
    refuse.unless(fitting, "", f"state {place} as {kinds}", value)
    return float(value) if fitting == [float] else value  # type: ignore[arg-type]


def _fits(option: Any, value: object) -> bool:
    if get_origin(option) is Literal:
        return value in get_args(option) and isinstance(value, str)
    if option is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)
    return isinstance(value, option) and (option is bool) == isinstance(value, bool)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # An integer beyond the range of float64.
        return False


def _name(option: Any) -> str:
    if get_origin(option) is Literal:
        return f"one of {list(get_args(option))}"
    return "null" if option is NoneType else _NAMES[option]


def _once(pairs: Iterable[tuple[str, Any]], field: str, fix: str) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for name, value in pairs:
        check(name not in state, field, "state each name once", name, fix)
        state[name] = value
    return state
