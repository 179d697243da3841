"""The options that a user may state about a table to load, and their rules."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any, get_type_hints

import pyarrow as pa

from kfp_component_lib.errors import check
from kfp_component_lib.tables.type_names import arrow_type

__all__ = ["OWNER", "ReadOptions", "option_field"]

OWNER = "load_tabular_dataset"
_CSV_ONLY = ("null_values", "delimiter", "quote", "encoding", "decimal", "header", "column_names")


def option_field(name: str) -> str:
    """Return the name of an option in errors, as the component's user writes it."""
    return f"{OWNER}.read_options[{name!r}]"


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_text, value))


def _is_text_to_text(value: object) -> bool:
    return isinstance(value, Mapping) and all(map(_is_text, [*value, *value.values()]))


_KINDS: dict[Any, tuple[str, Callable[[object], bool], str]] = {
    str: ("be a text", _is_text, "Put it in quotes"),
    bool: ("be true or false", lambda value: isinstance(value, bool), "Write it without quotes"),
    Sequence[str]: ("be a list of texts", _are_texts, 'For example ["a", "b"]'),
    Mapping[str, str]: ("map texts to texts", _is_text_to_text, 'For example {"zip": "string"}'),
}
"""For each type of an option the rule, a check of the rule, and the advice."""


@dataclass(frozen=True)
class ReadOptions:
    """The options that describe a table; every option has a default.

    Attributes:
        columns: Names of the columns to keep, in this order; all of them if empty.
        drop: Names of columns to leave out.
        column_types: Arrow types of columns, such as `{"zip": "string"}`; the types of the other
            columns are inferred.
        null_values: Texts of a CSV file that stand for null in every column, besides the empty one.
            If empty, NA, NULL, NaN and similar texts are null in columns that are not text.
        delimiter: Character between the values of a CSV file; a comma if empty.
        quote: Character around values that contain a delimiter or a line break; if empty, values
            are not quoted.
        encoding: Encoding of a CSV file, by its name in Python.
        decimal: Character before the decimals of a number in a CSV file.
        header: Whether the first row of a CSV file names the columns.
        column_names: Names of the columns of a CSV file, instead of those in the file.
    """

    columns: Sequence[str] = ()
    drop: Sequence[str] = ()
    column_types: Mapping[str, str] = field(default_factory=dict)
    null_values: Sequence[str] = ()
    delimiter: str = ""
    quote: str = '"'
    encoding: str = "utf8"
    decimal: str = "."
    header: bool = True
    column_names: Sequence[str] = ()

    @classmethod
    def from_input(cls, read_options: Mapping[str, Any], columns: Sequence[str]) -> ReadOptions:
        """Return the options in the inputs of the component.

        Args:
            read_options: Some of the options by their names, except `columns`, which is an input
                of its own.
            columns: Names of the columns to keep.

        Raises:
            DataError: If the options are not a mapping, or if an option does not exist.
        """
        is_map, fix = isinstance(read_options, Mapping), 'For example {"delimiter": ";"}'
        check(is_map, f"{OWNER}.read_options", "map options to values", read_options, fix)
        names = [option.name for option in fields(cls) if option.name != "columns"]
        for name, value in read_options.items():
            rule = f"be one of the options {', '.join(names)}"
            check(name in names, option_field(name), rule, value, _advice(name, names))
        return cls(columns=columns, **read_options)

    def require(self, format: str) -> None:
        """Refuse options that contradict each other, or that do not apply to a format.

        Args:
            format: Format of the table, "csv", "jsonl" or "parquet".

        Raises:
            DataError: If there is such an option.
        """
        self._require_kinds()
        if format != "csv":
            self._require_defaults(format)
        both = bool(self.columns) and bool(self.drop)
        fix = "Choose one of them"
        check(not both, option_field("drop"), "be empty if columns is not", self.drop, fix)
        self._require_characters()
        fix = "Examples are utf8, latin-1, cp1252 and utf-16"
        fits = _is_encoding(self.encoding)
        check(fits, option_field("encoding"), "be an encoding", self.encoding, fix)
        different = len(set(self.column_names)) == len(self.column_names)
        fix = "Make them different"
        check(different, option_field("column_names"), "be different", self.column_names, fix)
        self.types()

    def _require_kinds(self) -> None:
        for name, kind in get_type_hints(ReadOptions).items():
            rule, fits, fix = _KINDS[kind]
            value = getattr(self, name)
            option = f"{OWNER}.columns" if name == "columns" else option_field(name)
            check(fits(value), option, rule, value, fix)

    def _require_defaults(self, format: str) -> None:
        defaults = {each.name: each.default for each in fields(self)}
        fix = "Leave it out, or choose the format csv"
        for name in _CSV_ONLY:
            stated = getattr(self, name)
            is_default = stated == defaults[name] or stated == []
            rule = f"be left out for the format {format}"
            check(is_default, option_field(name), rule, stated, fix)

    def _require_characters(self) -> None:
        delimiter = self.delimiter or ","
        for name, value, example in (("delimiter", delimiter, ";"), ("decimal", self.decimal, ",")):
            fix = f'For example "{example}"'
            check(_is_character(value), option_field(name), "be one character", value, fix)
        fits = self.quote == "" or _is_character(self.quote)
        fix = "An empty text means that values are not quoted"
        check(fits, option_field("quote"), "be one character or empty", self.quote, fix)
        special = [delimiter, self.decimal, self.quote]
        rule, fix = "differ from delimiter and quote", "State the others as well"
        check(len(set(special)) == 3, option_field("decimal"), rule, special, fix)

    def types(self) -> dict[str, pa.DataType]:
        """Return the stated types.

        Raises:
            DataError: If a type is unknown.
        """
        option = option_field("column_types")
        types = self.column_types.items()
        return {name: arrow_type(kind, f"{option}[{name!r}]") for name, kind in types}

    def chosen(self, names: Sequence[str]) -> list[int]:
        """Return the positions of the columns to keep.

        Args:
            names: Names of all columns.

        Raises:
            DataError: If `columns`, `drop` or `column_types` names a column that does not occur
                exactly once.
        """
        stated: dict[str, Sequence[str] | Mapping[str, str]] = {
            f"{OWNER}.columns": self.columns,
            option_field("drop"): self.drop,
            option_field("column_types"): self.column_types,
        }
        fix = f"The dataset has the columns {list(names)}"
        for option, wanted in stated.items():
            for name in wanted:
                once = list(names).count(name) == 1
                check(once, option, "name columns that occur once", name, fix)
        positions = [n for n, name in enumerate(names) if name not in self.drop]
        return [names.index(name) for name in self.columns] or positions


def _advice(name: str, names: Sequence[str]) -> str:
    if name == "columns":
        return "Choose columns by the input of that name, or leave others out with drop"
    close = get_close_matches(name, names, n=1)
    return f"Write {close[0]!r} if you mean that" if close else "Leave it out or correct its name"


def _is_character(text: str) -> bool:
    return len(text) == 1 and text.isascii() and text not in "\r\n"


def _is_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name) is not None
    except (LookupError, ValueError):
        return False
