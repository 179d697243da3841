"""Predictions for tables of any length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from kfp_component_lib.errors import check
from kfp_component_lib.files import StrPath
from kfp_component_lib.models import LinearModel, load_model
from kfp_component_lib.tables.arrays import from_python, to_arrow
from kfp_component_lib.tables.matrix import feature_matrix, require_numeric
from kfp_component_lib.tables.reading import Table, open_table
from kfp_component_lib.tables.writing import write_table

__all__ = ["predict_table"]

_FIELD = "batch_predict"


def predict_table(source: StrPath, model: StrPath, out: StrPath) -> dict[str, Any]:
    """Add a model's predictions to a table, block by block.

    Memory is that of a few blocks of rows. Columns that the model does not know are kept.

    Args:
        source: Parquet file or folder with the model's features, finite.
        model: Folder that train_linear_model wrote.
        out: Where the table shall be: the columns of the source, then `prediction` (float64, or a
            class of the label's type), and for a classification `probability` (float64), that of
            the model's second class.

    Returns:
        Metadata of the data set: `rows`, `columns` and `schema`.

    Raises:
        DataError: If `model` is not a saved model, a feature is missing, not numeric or not finite,
            or the table has a column `prediction` or `probability` already.
        OSError: If the output cannot be written.
    """
    linear = load_model(model, f"{_FIELD}.model")
    table = open_table(source, f"{_FIELD}.data")
    require_numeric(table, linear.features, f"{_FIELD}.data", "have this feature once")
    added = _added(linear)
    for name in added.names:
        taken = table.schema.names.count(name)
        check(not taken, f"{_FIELD}.data", f"have no column {name!r}", name, "Rename it")
    schema = pa.schema([*table.schema, *added])
    return write_table(out, schema, _predicted(table, linear, schema))


def _added(model: LinearModel) -> pa.Schema:
    if model.task == "regression":
        return pa.schema([("prediction", pa.float64())])
    kind = pa.type_for_alias(model.label_type)
    return pa.schema([("prediction", kind), ("probability", pa.float64())])


def _predicted(table: Table, model: LinearModel, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for block in table.blocks():
        scores = model.scores(feature_matrix(block, model.features, f"{_FIELD}.data"))
        arrays = [to_arrow(scores)]
        if model.task == "classification":
            chance = np.exp(-np.logaddexp(0.0, -scores))
            classes = from_python(model.classes, schema.field("prediction").type)
            codes = to_arrow((scores > 0).astype(np.float64)).cast(pa.int64())
            arrays = [classes.take(codes), to_arrow(chance)]
        yield pa.RecordBatch.from_arrays([*block.columns, *arrays], schema=schema)
