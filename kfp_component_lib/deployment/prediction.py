"""Predictions for tables of any length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.deployment.columns import class_arrays, with_predictions
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

    Memory is that of a few blocks of rows. Columns that the model does not use are kept.

    Args:
        source: Parquet file or folder with the model's features, finite.
        model: Folder written by train_linear_model.
        out: Path of the table with the columns of the source, then `prediction` (float64, or a
            class of the label's type), and for a classification `probability=CLASS` (float64)
            for each of its two classes.

    Returns:
        Metadata of the dataset: `rows`, `columns`, `schema`, and `model`, a description of it.

    Raises:
        DataError: If `model` is not a saved model, a feature is missing, not numeric or not finite,
            a prediction overflows float64, or the table already has one of the new columns.
        OSError: If the output cannot be written.
    """
    linear = load_model(model, f"{_FIELD}.model")
    table = open_table(source, f"{_FIELD}.data")
    require_numeric(table, linear.features, f"{_FIELD}.data", "have this feature once")
    classes = None
    if linear.task == "classification":
        classes = from_python(linear.classes, pa.type_for_alias(linear.label_type))
    schema = with_predictions(table.schema, classes, f"{_FIELD}.data")
    written = write_table(out, schema, _predicted(table, linear, classes, schema))
    return {**written, "model": _in_words(linear)}


def _in_words(model: LinearModel) -> str:
    kind = "ridge" if model.task == "regression" else "logistic"
    return f"{kind} regression of {model.label!r} on {len(model.features)} features"


def _predicted(
    table: Table, model: LinearModel, classes: pa.Array | None, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    for block in table.blocks():
        scores = model.scores(feature_matrix(block, model.features, f"{_FIELD}.data"))
        bad = len(scores) - int(np.count_nonzero(np.isfinite(scores)))
        fix = "Scale the features like those that the model was trained on"
        check(not bad, f"{_FIELD}.data", "give predictions that float64 holds", bad, fix)
        arrays = [to_arrow(scores)] if classes is None else class_arrays(classes, _chances(scores))
        yield pa.RecordBatch.from_arrays([*block.columns, *arrays], schema=schema)


def _chances(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the probabilities of both classes, of shape (n, 2); those near 0 keep their digits."""
    return np.exp(-np.logaddexp(0.0, np.stack([scores, -scores], axis=1)))
