"""What may be stated about a table that is to be loaded, and what it is checked against."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

import pyarrow as pa

from kfp_component_lib.errors import check
from kfp_component_lib.tables.type_names import arrow_type

__all__ = ["OWNER", "ReadOptions"]

OWNER = "load_tabular_dataset"
_TEXT_ONLY = ("null_values", "delimiter", "quote", "encoding", "decimal", "header", "column_names")


@dataclass(frozen=True)
class ReadOptions:
    """What is known of a table beforehand; all of it has a default.

    Attributes:
        columns: Names of the columns to keep, in this order; all of them if empty.
        drop: Names of columns to leave out.
        column_types: Arrow types of columns, such as `{"zip": "string"}`; the others are found out.
        null_values: Texts of a CSV file that stand for null in every column, besides the empty one.
            If there is none, NA, NULL, NaN and their like are null where a column is no text.
        delimiter: Character between the values of a CSV file; a comma if empty.
        quote: Character around values that hold a delimiter or a line break; none if empty.
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

    def require(self, format: str) -> None:
        """Refuse options that are no options, or none of a format.

        Args:
            format: Format of the table, "csv", "jsonl" or "parquet".

        Raises:
            DataError: If there is one.
        """
        if format != "csv":
            self._require_defaults(format)
        both = bool(self.columns) and bool(self.drop)
        check(not both, f"{OWNER}.drop", "be empty if columns is not", self.drop, "Choose one")
        for name, wanted in (("delimiter", self.delimiter or ","), ("decimal", self.decimal)):
            fix = 'For example ";"' if name == "delimiter" else 'For example ","'
            check(_is_character(wanted), f"{OWNER}.{name}", "be one character", wanted, fix)
        quote = self.quote == "" or _is_character(self.quote)
        fix = "An empty text says that values are not quoted"
        check(quote, f"{OWNER}.quote", "be one character or empty", self.quote, fix)
        special = [self.delimiter or ",", self.decimal, self.quote]
        fix = "State the others as well"
        check(
            len(set(special)) == 3,
            f"{OWNER}.decimal",
            "differ from delimiter and quote",
            special,
            fix,
        )
        check(_is_encoding(self.encoding), f"{OWNER}.encoding", "be an encoding", self.encoding,
              "Examples are utf8, latin-1, cp1252 and utf-16")  # fmt: skip
        repeated = len(set(self.column_names)) == len(self.column_names)
        fix = "Make them different"
        check(repeated, f"{OWNER}.column_names", "be different", self.column_names, fix)
        self.types()

    def _require_defaults(self, format: str) -> None:
        defaults = {each.name: each.default for each in fields(self)}
        for name in _TEXT_ONLY:
            stated = getattr(self, name)
            fix = "Leave it out, or say format csv"
            check(stated == defaults[name] or stated == [], f"{OWNER}.{name}",
                  f"be left out for the format {format}", stated, fix)  # fmt: skip

    def types(self) -> dict[str, pa.DataType]:
        """Return the stated types.

        Raises:
            DataError: If one is unknown.
        """
        return {
            name: arrow_type(kind, f"{OWNER}.column_types of {name!r}")
            for name, kind in self.column_types.items()
        }

    def chosen(self, names: Sequence[str]) -> list[int]:
        """Return the places of the columns to keep.

        Args:
            names: Names of all columns.

        Raises:
            DataError: If `columns`, `drop` or `column_types` names one that does not occur once.
        """
        stated = {"columns": self.columns, "drop": self.drop, "column_types": self.column_types}
        for option, wanted in stated.items():
            for name in wanted:
                fix = f"The data set has the columns {list(names)}"
                once = list(names).count(name) == 1
                check(once, f"{OWNER}.{option}", "name columns that occur once", name, fix)
        places = [n for n, name in enumerate(names) if name not in self.drop]
        return [names.index(name) for name in self.columns] or places


def _is_character(text: str) -> bool:
    return len(text) == 1 and text.isascii() and text not in "\r\n"


def _is_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name) is not None
    except (LookupError, TypeError, ValueError):
        return False
