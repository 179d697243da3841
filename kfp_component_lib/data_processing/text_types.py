"""Infers the type of a column of texts: the narrowest type that fits every text of the column.

A column with a text that a type would change, such as `00501` or a whole number beyond 64 bits as a
number, stays text, so that inference never loses anything. Users can state another type.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kfp_component_lib.tables.arrays import from_python, text_bytes, to_arrow, to_numpy

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

_EXACT = 2.0**53
"""Smaller whole numbers are exact in float64."""


def _all_match(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern), min_count=0).as_py())


def _is_read_as(texts: pa.Array, *kinds: pa.DataType) -> bool:
    """Return whether texts can be cast to a type, and the result to the next type, without loss."""
    # A cast makes an error for each text that it cannot read, so the first text is tried alone.
    for some in (texts.slice(0, 1), texts):
        try:
            for kind in kinds:
                some = some.cast(kind)
        except pa.ArrowInvalid:
            return False
    return True


def _is_number(kind: pa.DataType) -> Callable[[pa.Array], bool]:
    # The cast comes first, because it takes no time if the first text is not a number.
    return lambda texts: _is_read_as(texts, kind) and not _is_changed(texts)


def _is_changed(texts: pa.Array) -> bool:
    """Return whether a number would not reproduce one of the texts."""
    # What is left out here needs no regular expression, which takes more time than all else.
    fractions = _begin_with(texts, "0.", "-0.")
    few = texts.filter(pc.and_not(_begin_with(texts, "+", "0", "-0"), fractions))
    return bool(pc.any(pc.match_substring_regex(few, _CHANGED), min_count=0).as_py())


def _begin_with(texts: pa.Array, *starts: str) -> pa.Array:
    return functools.reduce(pc.or_, (pc.starts_with(texts, start) for start in starts))


def _is_double(texts: pa.Array) -> bool:
    """Return whether texts are numbers that a double can hold, with whole numbers exact."""
    if not _is_read_as(texts.slice(0, 1), pa.float64()):
        return False
    try:
        numbers = np.abs(to_numpy(texts.cast(pa.float64()), np.nan))
    except pa.ArrowInvalid:
        return False
    if _is_changed(texts) or _has_overflow(texts.filter(to_arrow(np.isinf(numbers)))):
        return False
    large = texts.filter(to_arrow(numbers >= _EXACT))
    whole = large.filter(pc.match_substring_regex(large, r"\A-?[0-9]+\z"))
    return _is_read_as(whole, pa.int64(), pa.float64())


def _has_overflow(infinite: pa.Array) -> bool:
    """Return whether one of the texts that Arrow reads as infinity is a number with digits."""
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
        values = self._without_missing(texts)
        if not len(values):
            return
        self._has_values = True
        if _has_blanks(values):
            values = pc.utf8_trim(values, " \t")
        if self.decimal != ".":
            values = _with_point(values, self.decimal)
        self._possible = [kind for kind in self._possible if _LADDER[kind](values)]

    def _without_missing(self, texts: pa.Array) -> pa.Array:
        lengths = to_numpy(pc.binary_length(texts), 0)
        longest = pc.max(pc.binary_length(self.missing)).as_py()
        short = texts.filter(to_arrow(lengths <= longest))
        if not pc.any(pc.is_in(short, self.missing), min_count=0).as_py():
            return texts
        return texts.filter(pc.invert(pc.is_in(texts, self.missing)))

    @property
    def type(self) -> pa.DataType:
        """The first type that fits all values; null if all texts are empty."""
        if not self._has_texts:
            return pa.null()
        return self._possible[0] if self._has_values and self._possible else pa.string()


def _has_blanks(texts: pa.Array) -> bool:
    content = text_bytes(texts)
    return bool(((content == ord(" ")) | (content == ord("\t"))).any())


def _with_point(values: pa.Array, decimal: str) -> pa.Array:
    """Return texts in which the decimal character is a point and a real point makes no number."""
    return pc.replace_substring(pc.replace_substring(values, ".", "_"), decimal, ".")
