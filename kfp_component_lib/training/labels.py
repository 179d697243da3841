"""The label of a classification, and its classes."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from kfp_component_lib.errors import check
from kfp_component_lib.models import CLASS_TYPES
from kfp_component_lib.tables.arrays import decoded, to_python
from kfp_component_lib.tables.looks import check_looks
from kfp_component_lib.tables.reading import Table

__all__ = ["class_label", "find_classes"]


def class_label(table: Table, label: str, field: str) -> pa.DataType:
    """Return the type of a label's classes.

    Args:
        table: Table with the label.
        label: Name of its column.
        field: The name of the label in errors, as `owner.field`.

    Raises:
        DataError: If a model cannot store values of the type, such as dates. This is checked before
            any row is read.
    """
    kind = table.schema.field(label).type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    rule = "be of booleans, integers, floating-point numbers or texts for a classification"
    fix = "Cast it to text, or choose another label"
    check(str(kind) in CLASS_TYPES, field, rule, f"{label}: {kind}", fix)
    return kind


def find_classes(table: Table, label: str, most: int, field: str) -> pa.Array:
    """Return the different values of a label, sorted.

    Args:
        table: Table with the label.
        label: Name of its column, of a type that `class_label` accepts.
        most: Largest number of classes.
        field: Who asks, as `owner.field`.

    Raises:
        DataError: If a value is null or NaN, if there is only one class or more than `most`, or if
            two classes look the same.
    """
    found = pa.nulls(0, class_label(table, label, field))
    few = "two classes" if most == 2 else f"between 2 and {most} classes"
    for block in table.blocks([label]):
        found = pa.concat_arrays([found, decoded(block[label]).unique()]).unique()
        bad = to_python(found.filter(found.is_null(nan_is_null=True)))
        check(not bad, field, "have no null or NaN", bad, "Drop these rows")
        fix = "Choose another label, or task='regression'"
        check(len(found) <= most, field, f"have {few}", _shown(found), fix)
    fix = "A split by class (stratify_column) keeps all classes in every part"
    check(len(found) > 1, field, f"have {few}", _shown(found), fix)
    check_looks(to_python(found), field)
    return found.take(pc.array_sort_indices(found))


def _shown(classes: pa.Array) -> list[str]:
    return sorted(map(str, to_python(classes)))[:5]
