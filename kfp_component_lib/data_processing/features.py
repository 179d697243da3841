"""Transforms of columns for a model, which are learned from one table and applied to others."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from dataclasses import field as dataclass_field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.data_processing.number_statistics import NumberStatistics
from kfp_component_lib.errors import check
from kfp_component_lib.files import StrPath, replacing_all
from kfp_component_lib.state import from_state, read_state
from kfp_component_lib.statistics.distinct import Distinct, distinct_texts
from kfp_component_lib.tables.arrays import (
    column_kind,
    decoded,
    numbers,
    to_arrow,
    to_numpy,
    value_text,
)
from kfp_component_lib.tables.reading import Table, open_table
from kfp_component_lib.tables.writing import write_table

__all__ = ["FeatureTransform", "apply_transform", "fit_transform_features"]

_FIT, _APPLY = "fit_transform_features", "apply_transform"
_IMPUTE = ("mean", "median", "zero", "none")
_SCALE = ("standard", "minmax", "none")
_FORMAT = "kfp_component_lib/feature-transform/1"


@dataclass(frozen=True)
class _Number:
    """How a numeric column is transformed: fill, subtract `shift`, divide by `scale`."""

    name: str
    fill: float | None
    shift: float
    scale: float


@dataclass(frozen=True)
class _Category:
    """How a text column is transformed: one column 0 or 1 for each of `values`."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class FeatureTransform:
    """The transform learned from a table.

    Attributes:
        numbers: Numeric columns, in the table's order.
        categories: Text and boolean columns, in the table's order.
        keep: Columns that are passed on unchanged, such as the label.
    """

    numbers: tuple[_Number, ...]
    categories: tuple[_Category, ...]
    keep: tuple[str, ...]


def fit_transform_features(
    source: StrPath,
    out: StrPath,
    out_model: StrPath,
    keep: Sequence[str] = (),
    impute: str = "mean",
    scale: str = "standard",
    max_categories: int = 100,
    order_by: str = "",
) -> dict[str, Any]:
    """Learn how to fill, scale and encode columns, and transform the table itself.

    Two passes over the rows; memory does not grow with them, see `statistics.distinct`.

    Args:
        source: Parquet file or folder.
        out: Path of the transformed table: the columns of `keep`, then numbers as float64 under
            their names, then `NAME=VALUE` (float64, 0 or 1) for each value of a text or boolean
            column in sorted order; a null or unknown value has 0 everywhere.
        out_model: Path of the JSON file for the transform.
        keep: Columns that are passed on unchanged, such as the label.
        impute: The replacement of null and NaN: the column's `mean`, `median` or `zero`; with
            `none` they are an error.
        scale: `standard` (mean 0, population standard deviation 1), `minmax` (0 to 1) or `none`.
            A constant column becomes 0.
        max_categories: Largest number of different values of a text column, at most 4096.
        order_by: Column that is left out, such as the time by which a table was split; if empty, no
            column is.

    Returns:
        Metadata of the transformed table: `rows`, `columns` and `schema`.

    Raises:
        DataError: If an argument or column does not fit, the table is empty, a number is infinite,
            a numeric column has no values, or values so close together or so far apart that float64
            cannot hold their variance, or a text column has too many values.
        OSError: If an output cannot be written.
    """
    check(impute in _IMPUTE, f"{_FIT}.impute", f"be one of {_IMPUTE}", impute, "Choose one")
    check(scale in _SCALE, f"{_FIT}.scale", f"be one of {_SCALE}", scale, "Choose one")
    limit = "be between 1 and 4096"
    fix = "Raise it or drop a column"
    check(1 <= max_categories <= 4096, f"{_FIT}.max_categories", limit, max_categories, fix)
    table = open_table(source, f"{_FIT}.data")
    table.require(keep, f"{_FIT}.keep")
    table.require(table.schema.names, f"{_FIT}.data", "have each column once")
    left_out = [order_by] if order_by else []
    table.require(left_out, f"{_FIT}.order_by")
    fix = "Remove it from one of the two"
    check(order_by not in keep, f"{_FIT}.order_by", "not be kept as well", order_by, fix)
    check(table.rows, f"{_FIT}.data", "have rows", table.rows, "Check the step before")
    names = [name for name in table.schema.names if name not in (*keep, *left_out)]
    transform = _learn(table, names, tuple(keep), impute, scale, max_categories)
    stated = {"format": _FORMAT, **asdict(transform)}
    with replacing_all([out, out_model]) as (data, model):
        model.write_text(json.dumps(stated, indent=2, allow_nan=False), encoding="utf-8")
        return _write(table, transform, data, f"{_FIT}.data", Counter())


def apply_transform(source: StrPath, model: StrPath, out: StrPath) -> dict[str, Any]:
    """Apply a learned transform to a table; columns that the transform does not have are left out.

    Memory is that of a few blocks of rows. Columns of `keep` that are missing are left out, so a
    table without labels can be transformed.

    Args:
        source: Parquet file or folder.
        model: File written by `fit_transform_features`.
        out: Path of the transformed table.

    Returns:
        Metadata of the transformed table: `rows`, `columns`, `schema` and `unseen_values`: for each
        text column with such rows, how many rows have a value that the transform has not seen; these
        rows have 0 in all columns that encode it.

    Raises:
        DataError: If `model` is not a saved transform, or if a column is missing, has a different
            kind or an infinite value, or has nulls for which no replacement was learned.
        OSError: If the output cannot be written.
    """
    transform = _load(model)
    unseen: Counter[str] = Counter()
    table, field = open_table(source, f"{_APPLY}.data"), f"{_APPLY}.data"
    return {**_write(table, transform, out, field, unseen), "unseen_values": dict(+unseen)}


def _load(model: StrPath) -> FeatureTransform:
    field, fix = f"{_APPLY}.transform", "Learn one with fit_transform_features"
    transform = from_state(FeatureTransform, read_state(model, _FORMAT, field, fix), field, fix)
    names = [*transform.keep, *(entry.name for entry in transform.numbers)]
    names += [f"{entry.name}={value}" for entry in transform.categories for value in entry.values]
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    check(not twice, field, "make each column once", twice, fix)
    flat = [entry.name for entry in transform.numbers if entry.scale <= 0]
    check(not flat, field, "have a scale above 0 for every column", flat, fix)
    return transform


def _learn(
    table: Table,
    names: Sequence[str],
    keep: tuple[str, ...],
    impute: str,
    scale: str,
    max_categories: int,
) -> FeatureTransform:
    learned = [_learner(table.schema.field(name), impute) for name in names]
    for block in table.blocks([column.name for column in learned]):
        for column in learned:
            column.add(block[column.name])
    return FeatureTransform(
        tuple(_number(c, impute, scale) for c in learned if isinstance(c, NumberStatistics)),
        tuple(_category(c, max_categories) for c in learned if isinstance(c, _Texts)),
        keep,
    )


@dataclass
class _Texts:
    """The different values of a text or boolean column so far, complete even if they are long."""

    name: str
    distinct: Distinct = dataclass_field(default_factory=Distinct)

    def add(self, column: pa.Array) -> None:
        block = distinct_texts(decoded(column).drop_null(), value_text)
        self.distinct = self.distinct.merge(block)


def _learner(field: pa.Field, impute: str) -> NumberStatistics | _Texts:
    kind = column_kind(field.type)
    got = f"{field.name}: {field.type}"
    fix = "Put it into keep, or drop it with load_tabular_dataset"
    check(kind in ("number", "category"), f"{_FIT}.data", "have numbers and texts", got, fix)
    if kind == "number":
        return NumberStatistics(field.name, field.type, ranked=impute == "median")
    return _Texts(field.name)


def _number(column: NumberStatistics, impute: str, scale: str) -> _Number:
    spread, name = column.spread, column.name
    bad = f"{column.infinite} infinite values in {name!r}"
    check(not column.infinite, f"{_FIT}.data", "be finite", bad, "Drop these rows")
    fix = "Drop the column, or put it into keep"
    check(spread.count, f"{_FIT}.data", "have a value in every number column", name, fix)
    fills = {"mean": spread.mean, "median": column.median, "zero": 0.0, "none": None}
    shift, width = _range(column, scale)
    got = f"{name!r} between {column.low!r} and {column.high!r}"
    fits = np.isfinite([spread.mean, shift, width]).all() and width > 0
    fix = "Multiply the column by a constant, or drop it"
    check(fits, f"{_FIT}.data", "have a mean and a spread that float64 can hold", got, fix)
    return _Number(name, fills[impute], shift, width)


def _range(column: NumberStatistics, scale: str) -> tuple[float, float]:
    """Return the number to subtract and the divisor, which is 1 for a constant column."""
    spread, low, high = column.spread, column.low, column.high
    variance = np.inf if spread.variance is None else spread.variance
    ways = {
        "standard": (spread.mean, float(np.sqrt(variance))),
        "minmax": (low, high - low),
        "none": (0.0, 1.0),
    }
    shift, width = ways[scale]
    # -0.0 becomes 0.0.
    return shift or 0.0, 1.0 if low == high else width


def _category(column: _Texts, limit: int) -> _Category:
    count = column.distinct.estimate
    got = f"{count} in {column.name!r}"
    rule = f"have at most {limit} values in a text column"
    few = count <= limit and not column.distinct.full
    check(few, f"{_FIT}.max_categories", rule, got, "Raise it or drop the column")
    return _Category(column.name, tuple(sorted(column.distinct.examples.values())))


def _write(
    table: Table, transform: FeatureTransform, out: StrPath, field: str, unseen: Counter[str]
) -> dict[str, Any]:
    kept = [name for name in transform.keep if name in table.schema.names]
    encoded = [f"{c.name}={value}" for c in transform.categories for value in c.values]
    names = [*kept, *(number.name for number in transform.numbers), *encoded]
    fix = "Rename a column"
    check(len(set(names)) == len(names), field, "give different names", names, fix)
    _require(table, transform, field)
    fields = [table.schema.field(name) for name in kept]
    schema = pa.schema([*fields, *((name, pa.float64()) for name in names[len(kept) :])])
    return write_table(out, schema, _transformed(table, transform, kept, schema, field, unseen))


def _require(table: Table, transform: FeatureTransform, field: str) -> None:
    wanted = {entry.name: "number" for entry in transform.numbers}
    wanted |= {entry.name: "category" for entry in transform.categories}
    table.require(wanted, field, "have this column once")
    for name, kind in wanted.items():
        found = table.schema.field(name).type
        fix = "Cast it to the type that the transform was learned from"
        fits = column_kind(found) == kind
        check(fits, field, f"have a {kind} column {name!r}", str(found), fix)


def _transformed(
    table: Table,
    transform: FeatureTransform,
    kept: Sequence[str],
    schema: pa.Schema,
    field: str,
    unseen: Counter[str],
) -> Iterator[pa.RecordBatch]:
    names = {*kept, *(n.name for n in transform.numbers), *(c.name for c in transform.categories)}
    read = [name for name in table.schema.names if name in names]
    for block in table.blocks(read):
        arrays = [block[name] for name in kept]
        arrays += [_scaled(block[number.name], number, field) for number in transform.numbers]
        for category in transform.categories:
            arrays += _encoded(block[category.name], category, unseen)
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _scaled(column: pa.Array, number: _Number, field: str) -> pa.Array:
    values = numbers(column)
    finite = np.isfinite(values)
    if not finite.all():
        values = _filled(values, finite, number, field)
    scaled = values - number.shift
    scaled /= number.scale
    return to_arrow(scaled)


def _filled(
    values: npt.NDArray[np.float64], finite: npt.NDArray[np.bool_], number: _Number, field: str
) -> npt.NDArray[np.float64]:
    """Return a copy in which `number.fill` replaces NaN; refuse values that are not finite."""
    missing = np.isnan(values) if number.fill is not None else np.zeros_like(finite)
    bad = f"{int((~finite & ~missing).sum())} in {number.name!r}"
    fix = "Drop these rows, or choose how to impute"
    valid = (finite | missing).all()
    check(valid, field, "have no infinite or unfilled values", bad, fix)
    return np.where(missing, np.float64(number.fill or 0.0), values)


def _encoded(column: pa.Array, category: _Category, unseen: Counter[str]) -> list[pa.Array]:
    """Return a column of 0 and 1 for each known value, and count rows with another one.

    A value that is not known has the code -1, null has -2.
    """
    encoded = decoded(column).dictionary_encode()
    places = {value: n for n, value in enumerate(category.values)}
    known = [places.get(value_text(value), -1) for value in encoded.dictionary.to_pylist()]
    codes = np.array([*known, -2])[to_numpy(encoded.indices, len(known))]
    unseen[category.name] += int(np.count_nonzero(codes == -1))
    return [to_arrow((codes == n).astype(np.float64)) for n in range(len(places))]
