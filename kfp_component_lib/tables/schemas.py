"""The common schema of the files of a dataset, and the columns of a pandas index."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from kfp_component_lib.errors import DataError, check
from kfp_component_lib.tables.arrays import decoded_type, schema_text

__all__ = ["as_type", "cast_column", "index_columns", "one_schema", "without_views"]

_UNNAMED_INDEX = re.compile(r"__index_level_\d+__")


def index_columns(schema: pa.Schema) -> tuple[str, ...]:
    """Return the columns that hold the index of a pandas table instead of one of its columns.

    Args:
        schema: Schema of a Parquet file, with its metadata.
    """
    described = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
    named = [name for name in described.get("index_columns", []) if isinstance(name, str)]
    unnamed = [name for name in schema.names if _UNNAMED_INDEX.fullmatch(name)]
    return tuple(dict.fromkeys([*(n for n in named if n in schema.names), *unnamed]))


def without_views(kind: pa.DataType) -> pa.DataType:
    """Return a type that stores its texts and bytes one after the other, not as views.

    Arrow has few functions for views: rows that hold some cannot be taken out of a table.

    Args:
        kind: Any type; views within nested ones are looked for.
    """
    types = pa.types
    if types.is_string_view(kind):
        return pa.string()
    if types.is_binary_view(kind):
        return pa.binary()
    if types.is_struct(kind):
        return pa.struct([_without_views(field) for field in kind])
    if types.is_map(kind):
        return pa.map_(_without_views(kind.key_field), _without_views(kind.item_field))
    for is_list, make in _LISTS:
        if is_list(kind):
            inner = _without_views(kind.value_field)
            # Arrow's cast of views of lists to lists is faulty.
            return kind if inner.type == kind.value_type else make(inner)
    if types.is_fixed_size_list(kind):
        return pa.list_(_without_views(kind.value_field), kind.list_size)
    return kind


_LISTS = (
    (pa.types.is_list, pa.list_),
    (pa.types.is_large_list, pa.large_list),
    (pa.types.is_list_view, pa.list_),
    (pa.types.is_large_list_view, pa.large_list),
)


def _without_views(field: pa.Field) -> pa.Field:
    return field.with_type(without_views(field.type))


def one_schema(found: Sequence[tuple[Path, pa.Schema]], field: str) -> pa.Schema:
    """Return the schema that can hold the values of all files.

    Columns are matched by name, in the order of the first file. A type is widened only if that
    loses nothing; each value is checked when it is read.

    Args:
        found: The files with their schemas.
        field: Name of the input for error messages, as `owner.field`.

    Raises:
        DataError: If a file lacks a column, or there is no common type for two types.
    """
    schema = found[0][1]
    for path, other in found[1:]:
        if not other.equals(schema):
            schema = _both(schema, other, path, field)
    return schema


def _both(schema: pa.Schema, other: pa.Schema, path: Path, field: str) -> pa.Schema:
    rule = f"have one schema in all files, {schema_text(schema)}"
    unique = len(set(other.names)) == len(other)
    same = sorted(schema.names) == sorted(other.names) and (unique or schema.names == other.names)
    fix = "Write the files with the same columns, or load those that differ one by one"
    got = f"{schema_text(other)} in {path}"
    check(same, field, rule, got, fix)
    order = [other.field(name) for name in schema.names] if unique else list(other)
    return pa.schema([_wider(*pair, path, field) for pair in zip(schema, order, strict=True)])


def _wider(mine: pa.Field, other: pa.Field, path: Path, field: str) -> pa.Field:
    pair = [mine, other]
    if mine.type != other.type:
        pair = [each.with_type(decoded_type(each.type)) for each in pair]
    try:
        (both,) = pa.unify_schemas([pa.schema([f]) for f in pair], promote_options="permissive")
    except pa.ArrowException:
        both = None
    fits = both is not None and all(_keeps(both.type, each.type) for each in pair)
    rule = f"have one type in column {mine.name!r} in all files, {mine.type}"
    fix = "Write the files with the same types"
    check(fits, field, rule, f"{other.type} in {path}", fix)
    return both


def _keeps(wide: pa.DataType, narrow: pa.DataType) -> bool:
    """Return whether a value that passes Arrow's safe cast is unchanged by it."""
    types = pa.types
    rounds = types.is_floating(wide) and types.is_decimal(narrow)
    text = types.is_string(narrow) or types.is_large_string(narrow)
    return not rounds and not (
        text and not types.is_string(wide) and not types.is_large_string(wide)
    )


def as_type(column: pa.Array, kind: pa.DataType, name: str, field: str) -> pa.Array:
    """Convert a column to its type in the whole dataset.

    Args:
        column: Values of length n.
        kind: The type that `one_schema` chose for the column.
        name: Name of the column, for the error message.
        field: Name of the input for error messages, as `owner.field`.

    Raises:
        DataError: If the conversion would change a value.
    """
    try:
        return cast_column(column, kind)
    except pa.ArrowException as error:
        rule = f"have values of {kind} in column {name!r} in all files"
        fix = "Write the files with the same types"
        raise DataError(field, rule, str(column.type), fix, error) from error


def cast_column(column: pa.Array, kind: pa.DataType, first_row: int = 0) -> pa.Array:
    """Convert a column to another type; an error names the first row that does not fit.

    Args:
        column: Values of length n.
        kind: The type.
        first_row: Number of rows before this column, for the error message.

    Returns:
        Array of length n; the column itself if it already has the type.

    Raises:
        pyarrow.ArrowInvalid: If the conversion would change a value.
    """
    if column.type == kind:
        return column
    try:
        return column.cast(kind)
    except pa.ArrowInvalid as error:
        row = first_row + _first_misfit(column, kind) + 1
        raise pa.ArrowInvalid(f"row {row}: {error}") from error


def _first_misfit(column: pa.Array, kind: pa.DataType) -> int:
    low, high = 0, len(column)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            column.slice(low, middle - low).cast(kind)
            low = middle
        except pa.ArrowInvalid:
            high = middle
    return low
