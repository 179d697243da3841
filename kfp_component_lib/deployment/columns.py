"""The columns that predictions add to a table, the same for every kind of model."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.errors import check
from kfp_component_lib.tables.arrays import to_arrow, to_python, value_text

__all__ = ["class_arrays", "with_predictions"]


def with_predictions(schema: pa.Schema, classes: pa.Array | None, field: str) -> pa.Schema:
    """Return the columns of a table, then those of its predictions.

    Args:
        schema: Columns of the table.
        classes: The classes that may be predicted; None for a regression.
        field: The name of the table in errors, as `owner.field`.

    Returns:
        The schema, with `prediction`: float64, or of the type of the classes; and with
        `probability=CLASS`, float64, for each class.

    Raises:
        DataError: If the table already has one of these columns.
    """
    added = pa.schema([("prediction", pa.float64() if classes is None else classes.type)])
    for value in [] if classes is None else to_python(classes):
        added = added.append(pa.field(f"probability={value_text(value)}", pa.float64()))
    for name in added.names:
        fix = "Rename it, or drop it"
        check(name not in schema.names, field, f"have no column {name!r}", name, fix)
    return pa.schema([*schema, *added])


def class_arrays(classes: pa.Array, chances: npt.NDArray[np.float64]) -> list[pa.Array]:
    """Return the most likely class of each row, and the probability of each class.

    Args:
        classes: The classes, of length k.
        chances: Their probabilities, float64 of shape (n, k). In a tie the first class is
            predicted.

    Returns:
        Arrays of length n: the classes, and k columns of float64.
    """
    codes = to_arrow(np.argmax(chances, axis=1).astype(np.int64))
    return [classes.take(codes), *(to_arrow(np.ascontiguousarray(side)) for side in chances.T)]
