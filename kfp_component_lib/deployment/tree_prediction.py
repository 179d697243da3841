"""Predictions of trees for tables of any length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from kfp_component_lib.deployment.columns import class_arrays, with_predictions
from kfp_component_lib.files import StrPath
from kfp_component_lib.tables.arrays import from_python, to_arrow
from kfp_component_lib.tables.reading import Table, open_table
from kfp_component_lib.tables.writing import write_table
from kfp_component_lib.tree_models import (
    TreeModel,
    load_trees,
    require_features,
    tree_matrix,
    unseen_values,
)

__all__ = ["predict_with_trees"]

_FIELD = "predict_tree_model"


def predict_with_trees(source: StrPath, model: StrPath, out: StrPath) -> dict[str, Any]:
    """Add the predictions of trees to a table, block by block.

    Memory is that of the trees and a few blocks of rows. Columns that the model does not use are
    kept.

    Args:
        source: Parquet file or folder with the model's features. Null, NaN, and texts that training
            has not seen count as missing.
        model: Folder written by train_tree_model. Reading it never runs code from the folder.
        out: Path of the table with the columns of the source, then `prediction` (float64, or a
            class of the label's type), and for a classification `probability=CLASS` (float64) for
            each class.

    Returns:
        Metadata of the dataset: `rows`, `columns`, `schema`, `model`, a description of it, and
        `unseen_values`: for each text column with such rows, how many rows have a text that
        training has not seen.

    Raises:
        DataError: If `model` is not a saved model or is from another version of scikit-learn, if a
            feature is missing, of another kind or infinite, or if the table already has one of the
            new columns.
        OSError: If the output cannot be written.
    """
    known = load_trees(model, f"{_FIELD}.model")
    table = open_table(source, f"{_FIELD}.data")
    require_features(table, known.features, f"{_FIELD}.data")
    classes = None
    if known.task == "classification":
        classes = from_python(known.classes, pa.type_for_alias(known.label_type))
    schema = with_predictions(table.schema, classes, f"{_FIELD}.data")
    unseen: Counter[str] = Counter()
    written = write_table(out, schema, _predicted(table, known, classes, schema, unseen))
    words = f"gradient boosted trees of {known.label!r} on {len(known.features)} features"
    return {**written, "model": words, "unseen_values": dict(+unseen)}


def _predicted(
    table: Table,
    model: TreeModel,
    classes: pa.Array | None,
    schema: pa.Schema,
    unseen: Counter[str],
) -> Iterator[pa.RecordBatch]:
    for block in table.blocks():
        inputs = tree_matrix(block, model.features, f"{_FIELD}.data")
        unseen.update(unseen_values(block, model.features, inputs))
        if classes is None:
            arrays = [to_arrow(np.ascontiguousarray(model.trees.predict(inputs), np.float64))]
        else:
            arrays = class_arrays(classes, model.trees.predict_proba(inputs))
        yield pa.RecordBatch.from_arrays([*block.columns, *arrays], schema=schema)
