"""The types of the columns of JSON Lines, and errors for lines that are not JSON."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa

from kfp_component_lib.data_processing.read_options import OWNER
from kfp_component_lib.data_processing.text_files import open_text
from kfp_component_lib.errors import DataError, check

__all__ = ["Seen", "look_at"]

_EXACT = 2**53
_DEEPEST = 64


@dataclass
class Seen:
    """The values that were seen in one place of the objects.

    Attributes:
        kinds: For each of "truth", "number", "text", "list" and "object" that was seen, the first
            line with it.
        fields: The values seen in each field of the objects.
        items: The values seen in the lists.
        has_floats: Whether a number was written with decimals or an exponent.
        low: Smallest whole number.
        high: Largest whole number.
        rows: Number of values; for the objects of lines this is the number of rows.
        longest: Length of the longest line in bytes.
    """

    kinds: dict[str, int] = field(default_factory=dict)
    fields: dict[str, Seen] = field(default_factory=dict)
    items: Seen | None = None
    has_floats: bool = False
    low: int = 0
    high: int = 0
    rows: int = 0
    longest: int = 0

    def add(self, value: Any, line: int, depth: int = 0) -> None:
        """Add a value of a line, as read by Python's json."""
        if value is None:
            return
        kind = _KINDS[type(value)]
        self.kinds.setdefault(kind, line)
        if kind == "number":
            self._add_number(value, line)
        elif kind in ("object", "list"):
            fix = "Write it as text"
            check(depth < _DEEPEST, f"{OWNER}.path", f"be nested less than {_DEEPEST} times",
                  f"more levels in line {line}", fix)  # fmt: skip
            self._add_nested(value, line, depth + 1)

    def _add_number(self, value: float, line: int) -> None:
        if isinstance(value, int):
            self.low, self.high = min(self.low, value), max(self.high, value)
            return
        self.has_floats = True
        fix = "Write it as text"
        fits = math.isfinite(value)
        check(
            fits,
            f"{OWNER}.path",
            "have numbers that float64 holds",
            f"a larger one in line {line}",
            fix,
        )

    def _add_nested(self, value: Any, line: int, depth: int) -> None:
        if isinstance(value, dict):
            for name, each in value.items():
                if name not in self.fields:
                    _require_unicode(name, line)
                    self.fields[name] = Seen()
                self.fields[name].add(each, line, depth)
            return
        self.items = self.items or Seen()
        for each in value:
            self.items.add(each, line, depth)

    def type(self, name: str) -> pa.DataType:
        """Return the type that holds all the values.

        Args:
            name: Where they are, for the error message, such as `a.b`.

        Raises:
            DataError: If there is no such type.
        """
        if len(self.kinds) > 1:
            got = ", ".join(f"{kind} in line {line}" for kind, line in self.kinds.items())
            fix = "Write one kind of value, or leave the column out with drop in read_options"
            check(False, f"{OWNER}.path", f"have values of one kind in column {name!r}", got, fix)
        for kind in self.kinds:
            return _TYPES[kind](self, name)
        return pa.null()

    def _number(self, name: str) -> pa.DataType:
        if self.has_floats:
            exact = max(-self.low, self.high) <= _EXACT
            return pa.float64() if exact else self._refuse(name, "float64")
        if -(2**63) <= self.low and self.high < 2**63:
            return pa.int64()
        return pa.uint64() if self.low >= 0 and self.high < 2**64 else self._refuse(name, "int64")

    def _refuse(self, name: str, kind: str) -> NoReturn:
        largest = max(self.low, self.high, key=abs)
        digits = len(str(abs(largest))) if abs(largest) < 10**75 else 76
        rule = f"have numbers in column {name!r} that {kind} holds exactly"
        exact = f"decimal256({digits}, 0)"
        fix = f"State its type in column_types of read_options: {exact} keeps it, float64 rounds it"
        raise DataError(f"{OWNER}.path", rule, largest, fix)

    def _object(self, name: str) -> pa.DataType:
        fix = "Leave the column out with drop in read_options"
        check(self.fields, f"{OWNER}.path", f"have fields in the objects of {name!r}", "{}", fix)
        return pa.struct(
            [(key, seen._nested(f"{name}.{key}")) for key, seen in self.fields.items()]
        )

    def _list(self, name: str) -> pa.DataType:
        return pa.list_((self.items or Seen())._nested(f"{name}[]"))

    def _nested(self, name: str) -> pa.DataType:
        """Return the type within a list or object; pyarrow's reader miscounts nulls without a type."""
        return self.type(name) if self.kinds else pa.string()


def _require_unicode(name: str, line: int) -> None:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        rule, fix = f"have names that are Unicode text in line {line}", "Rename the field"
        raise DataError(f"{OWNER}.path", rule, ascii(name), fix, error) from error


_KINDS = {bool: "truth", int: "number", float: "number", str: "text", list: "list", dict: "object"}
_TYPES = {
    "truth": lambda seen, name: pa.bool_(),
    "number": Seen._number,
    "text": lambda seen, name: pa.string(),
    "list": Seen._list,
    "object": Seen._object,
}


def look_at(path: Path, at_least: int | None = None) -> Seen:
    """Read the lines of a file and record their values.

    Python's json is stricter than pyarrow's reader, reports which line is wrong and why, and keeps
    whole numbers exact.

    Args:
        path: The file, compressed or not.
        at_least: Bytes after which to stop at the end of a line; None reads all lines.

    Returns:
        The values seen in the objects.

    Raises:
        DataError: If a line is not a JSON object, or not UTF-8.
        OSError: If the file cannot be read.
    """
    seen = Seen()
    read = json.JSONDecoder(parse_constant=_refuse_constant).decode
    for number, line in _lines(path, at_least):
        seen.longest = max(seen.longest, len(line))
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            value = read(text) if text.strip() else {}
        except (ValueError, RecursionError) as error:
            _refuse_line(number, line, str(error))
        if not isinstance(value, dict):
            _refuse_line(number, line, f"{_name(value)}, not an object")
        if text.strip():
            seen.rows += 1
            seen.add(value, number)
    return seen


def _lines(path: Path, at_least: int | None) -> Iterator[tuple[int, bytes]]:
    seen = 0
    with open_text(path) as stream, io.BufferedReader(stream) as lines:
        for number, line in enumerate(lines, 1):
            yield number, line
            seen += len(line)
            if at_least is not None and seen >= at_least:
                return


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name}, which is not JSON")


def _refuse_line(number: int, line: bytes, why: str) -> NoReturn:
    rule = f"be an intact jsonl file, with a JSON object in line {number}"
    fix = "Correct the line, or choose another format"
    raise DataError(f"{OWNER}.path", rule, line[:80], fix, why)


def _name(value: object) -> str:
    return "null" if value is None else _KINDS[type(value)]
