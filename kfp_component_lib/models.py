"""A linear model as a folder: model.json says what it is, coefficients.npy holds its numbers."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kfp_component_lib.errors import DataError, check
from kfp_component_lib.files import StrPath, replacing

__all__ = ["LinearModel", "load_model", "save_model"]

Floats = npt.NDArray[np.float64]
_FORMAT = "kfp_component_lib/linear-model/1"


@dataclass(frozen=True)
class LinearModel:
    """A ridge or logistic regression.

    Attributes:
        task: `regression` or `classification`.
        label: Name of the column it predicts.
        features: Names of the columns it reads, in the order of the coefficients.
        coefficients: float64 array of shape (n_features,).
        intercept: What is added to the weighted sum.
        classes: For a classification the two classes; the probability is that of the second.
        label_type: Arrow type of the label, as text.
    """

    task: str
    label: str
    features: tuple[str, ...]
    coefficients: Floats
    intercept: float
    classes: tuple[Any, ...] = ()
    label_type: str = "double"

    def scores(self, features: Floats) -> Floats:
        """Return the weighted sums for features of shape (n, n_features), of shape (n,)."""
        sums: Floats = features @ self.coefficients + self.intercept
        return sums


def save_model(model: LinearModel, path: StrPath) -> None:
    """Write a model as a folder.

    Args:
        model: The model.
        path: Where the folder shall be; it is complete or not there.

    Raises:
        OSError: If the folder cannot be written.
    """
    stated = {**asdict(model), "format": _FORMAT}
    del stated["coefficients"]
    with replacing(path) as partial:
        partial.mkdir()
        (partial / "model.json").write_text(json.dumps(stated, indent=2), encoding="utf-8")
        np.save(partial / "coefficients.npy", model.coefficients)


def load_model(path: str | os.PathLike[str]) -> LinearModel:
    """Read a model back.

    Args:
        path: Folder that `save_model` wrote.

    Returns:
        The model.

    Raises:
        DataError: If the folder holds no such model.
    """
    fix = "Train one with train_linear_model"
    try:
        stated = json.loads((Path(path) / "model.json").read_text(encoding="utf-8"))
        coefficients = np.load(Path(path) / "coefficients.npy", allow_pickle=False)
    except (OSError, ValueError) as error:
        rule = "be a folder with model.json and coefficients.npy"
        raise DataError(f"model must {rule}, got {str(path)!r} ({error}). {fix}.") from error
    kind = stated.pop("format", None)
    check(kind == _FORMAT, "model.format", f"be {_FORMAT!r}", kind, fix)
    for name in ("features", "classes"):
        stated[name] = tuple(stated[name])
    return LinearModel(coefficients=coefficients, **stated)
