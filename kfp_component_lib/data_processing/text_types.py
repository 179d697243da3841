"""The type of a column of texts: the narrowest that every text of the column is a value of.

A text that a type would change, such as `00501` or a whole number beyond 64 bits as a number, makes
its column text, so nothing is lost by a guess. Who means another type states it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from kfp_component_lib.tables.arrays import from_python, to_arrow, to_numpy

__all__ = ["MISSING", "TextTypes"]

MISSING = (
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "N/A", "NA", "NULL", "NaN", "n/a", "nan", "null",
)  # fmt: skip
"""Texts that are null where a column is no text: those of pyarrow's CSV reader."""

_TIME = r"\A([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?\z"
_TRUTH = r"\A(true|True|TRUE|false|False|FALSE)\z"
_CHANGED = r"\A(\+|-?0[0-9xX])"
"""How a text begins that Arrow reads as a number, and that a number would not give back."""

_LONG = 16
"""Digits of whole numbers that float64 may round."""


def _all_match(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern), min_count=0).as_py())


def _is_read_as(texts: pa.Array, *kinds: pa.DataType) -> bool:
    """Return whether texts can be cast to a type, and that to the next, without a loss."""
    try:
        for kind in kinds:
            texts = texts.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True


def _is_number(kind: pa.DataType) -> Callable[[pa.Array], bool]:
    # The cast comes first: it ends at the first text that is no number.
    return lambda texts: _is_read_as(texts, kind) and not _is_changed(texts)


def _is_changed(texts: pa.Array) -> bool:
    """Return whether a number would not give back one of the texts."""
    starts = pc.or_(pc.starts_with(texts, "+"), pc.starts_with(texts, "0"))
    few = texts.filter(pc.or_(starts, pc.starts_with(texts, "-0")))  # The rest needs no regex.
    return bool(pc.any(pc.match_substring_regex(few, _CHANGED), min_count=0).as_py())


def _is_double(texts: pa.Array) -> bool:
    """Return whether texts are numbers that a double holds, the whole ones exactly."""
    if not _is_number(pa.float64())(texts) or _has_overflow(texts):
        return False
    lengths = to_numpy(pc.binary_length(texts), 0)
    points = to_numpy(pc.find_substring(texts, "."), 0)
    long = texts.filter(to_arrow((lengths >= _LONG) & (points < 0)))
    whole = long.filter(pc.match_substring_regex(long, r"\A-?[0-9]+\z"))
    return _is_read_as(whole, pa.int64(), pa.float64())


def _has_overflow(texts: pa.Array) -> bool:
    """Return whether a number is so large that Arrow reads infinity, which was not written."""
    infinite = texts.filter(pc.is_inf(texts.cast(pa.float64())))
    return bool(pc.any(pc.match_substring_regex(infinite, r"[0-9]"), min_count=0).as_py())


def _is_time(kind: pa.DataType) -> Callable[[pa.Array], bool]:
    return lambda texts: _is_read_as(texts, kind)


_TIMES = [pa.timestamp(unit, zone) for zone in (None, "UTC") for unit in ("s", "us", "ns")]
_LADDER: dict[pa.DataType, Callable[[pa.Array], bool]] = {
    pa.int64(): _is_number(pa.int64()),
    pa.uint64(): _is_number(pa.uint64()),
    pa.bool_(): lambda texts: _all_match(texts, _TRUTH),
    pa.date32(): _is_time(pa.date32()),
    pa.time32("s"): lambda texts: _all_match(texts, _TIME),
    **{kind: _is_time(kind) for kind in _TIMES},
    pa.float64(): _is_double,
}
"""The types in the order in which they are preferred, and whether all texts are values of one."""


@dataclass
class TextTypes:
    """The types that a column of texts may have, after the blocks that were looked at.

    Attributes:
        missing: Texts that are null where the column is no text.
        decimal: Character before the decimals of a number.
    """

    missing: pa.Array = field(default_factory=lambda: from_python(MISSING, pa.string()))
    decimal: str = "."
    _possible: list[pa.DataType] = field(default_factory=lambda: list(_LADDER))
    _has_values: bool = False
    _has_texts: bool = False

    def add(self, texts: pa.Array) -> None:
        """Take in a block of the column.

        Args:
            texts: Array of strings without nulls, of length n.
        """
        if not self._has_texts:
            self._has_texts = bool(pc.max(pc.binary_length(texts)).as_py())
        if not self._possible:
            return
        missing = pc.is_in(texts, self.missing)
        values = texts.filter(pc.invert(missing)) if pc.any(missing).as_py() else texts
        if not len(values):
            return
        self._has_values = True
        values = pc.utf8_trim(values, " \t")
        if self.decimal != ".":
            values = _with_point(values, self.decimal)
        self._possible = [kind for kind in self._possible if _LADDER[kind](values)]

    @property
    def type(self) -> pa.DataType:
        """The first type that holds all values; null if there is nothing but empty texts."""
        if not self._has_texts:
            return pa.null()
        return self._possible[0] if self._has_values and self._possible else pa.string()


def _with_point(values: pa.Array, decimal: str) -> pa.Array:
    """Return texts in which the decimal character is a point, and a point what no number has."""
    return pc.replace_substring(pc.replace_substring(values, ".", "_"), decimal, ".")
