"""Infers the type of a column of texts: the narrowest type that fits every text of the column.

A column with a text that a type would change, such as `00501` or a whole number beyond 64 bits as a
number, stays text, so that inference never loses anything. Users can state another type.
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
"""Texts that are null in columns that are not text, as in pyarrow's CSV reader."""

_TIME = r"\A([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?\z"
_TRUTH = r"\A(true|True|TRUE|false|False|FALSE)\z"
_CHANGED = r"\A(\+|-?0[0-9xX])"
"""The start of a text that Arrow reads as a number, but that the number does not reproduce."""

_LONG = 16
"""Digits of whole numbers that float64 may round."""


def _all_match(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern), min_count=0).as_py())


def _is_read_as(texts: pa.Array, *kinds: pa.DataType) -> bool:
    """Return whether texts can be cast to a type, and the result to the next type, without loss."""
    try:
        for kind in kinds:
            texts = texts.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True


def _is_number(kind: pa.DataType) -> Callable[[pa.Array], bool]:
    # The cast comes first, because it stops at the first text that is not a number.
    return lambda texts: _is_read_as(texts, kind) and not _is_changed(texts)


def _is_changed(texts: pa.Array) -> bool:
    """Return whether a number would not reproduce one of the texts."""
    starts = pc.or_(pc.starts_with(texts, "+"), pc.starts_with(texts, "0"))
    few = texts.filter(
        pc.or_(starts, pc.starts_with(texts, "-0"))
    )  # The remaining texts need no regular expression.
    return bool(pc.any(pc.match_substring_regex(few, _CHANGED), min_count=0).as_py())


def _is_double(texts: pa.Array) -> bool:
    """Return whether texts are numbers that a double can hold, with whole numbers exact."""
    if not _is_number(pa.float64())(texts) or _has_overflow(texts):
        return False
    lengths = to_numpy(pc.binary_length(texts), 0)
    points = to_numpy(pc.find_substring(texts, "."), 0)
    long = texts.filter(to_arrow((lengths >= _LONG) & (points < 0)))
    whole = long.filter(pc.match_substring_regex(long, r"\A-?[0-9]+\z"))
    return _is_read_as(whole, pa.int64(), pa.float64())


def _has_overflow(texts: pa.Array) -> bool:
    """Return whether a number is so large that Arrow reads it as infinity."""
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
"""The types in order of preference, each with a check whether all texts are values of the type."""


@dataclass
class TextTypes:
    """The types that a column of texts may have after the blocks seen so far.

    Attributes:
        missing: Texts that are null if the column is not text.
        decimal: Character before the decimals of a number.
    """

    missing: pa.Array = field(default_factory=lambda: from_python(MISSING, pa.string()))
    decimal: str = "."
    _possible: list[pa.DataType] = field(default_factory=lambda: list(_LADDER))
    _has_values: bool = False
    _has_texts: bool = False

    def add(self, texts: pa.Array) -> None:
        """Add a block of the column.

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
        """The first type that fits all values; null if all texts are empty."""
        if not self._has_texts:
            return pa.null()
        return self._possible[0] if self._has_values and self._possible else pa.string()


def _with_point(values: pa.Array, decimal: str) -> pa.Array:
    """Return texts in which the decimal character is a point and a real point makes no number."""
    return pc.replace_substring(pc.replace_substring(values, ".", "_"), decimal, ".")
