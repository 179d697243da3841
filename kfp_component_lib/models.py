"""Linear models as folders: model.json describes the model, coefficients.npy holds its numbers."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kfp_component_lib.errors import DataError, check
from kfp_component_lib.files import StrPath, replacing
from kfp_component_lib.state import from_state, read_state

__all__ = ["CLASS_TYPES", "LinearModel", "check_classes", "load_model", "save_model"]

Floats = npt.NDArray[np.float64]
_FORMAT = "kfp_component_lib/linear-model/1"
_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")

CLASS_TYPES = {
    **dict.fromkeys(_INTEGERS, int),
    **dict.fromkeys(("halffloat", "float", "double"), float),
    **dict.fromkeys(("string", "large_string"), str),
    "bool": bool,
}
"""The Arrow types that a class label can have, by name, and the types of their values in JSON."""


@dataclass(frozen=True)
class LinearModel:
    """A ridge or logistic regression.

    Attributes:
        task: `regression` or `classification`.
        label: Name of the column that the model predicts.
        features: Names of the columns that the model reads, in the order of the coefficients.
        coefficients: float64 array of shape (n_features,).
        intercept: The number that is added to the weighted sum.
        classes: The two classes of a classification model, in order; scores are those of the
            second.
        label_type: Name of the label's Arrow type.
    """

    task: str
    label: str
    features: tuple[str, ...]
    coefficients: Floats
    intercept: float
    classes: tuple[Any, ...] = ()
    label_type: str = "double"

    def scores(self, features: Floats) -> Floats:
        """Return the weighted sums for features of shape (n, n_features), of shape (n,).

        A sum that float64 cannot hold is infinite or NaN.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            sums: Floats = features @ self.coefficients + self.intercept
            return sums


@dataclass(frozen=True)
class _Stated:
    """The content of model.json without its format: a `LinearModel` without coefficients."""

    task: Literal["regression", "classification"]
    label: str
    features: tuple[str, ...]
    intercept: float
    classes: tuple[bool | int | float | str, ...]
    label_type: str


def save_model(model: LinearModel, path: StrPath) -> None:
    """Write a model as a folder.

    Args:
        model: The model.
        path: Path of the folder; it is either complete or absent.

    Raises:
        OSError: If the folder cannot be written.
    """
    stated = {**asdict(model), "format": _FORMAT}
    del stated["coefficients"]
    with replacing(path) as partial:
        partial.mkdir()
        (partial / "model.json").write_text(json.dumps(stated, indent=2), encoding="utf-8")
        np.save(partial / "coefficients.npy", model.coefficients)


def load_model(path: StrPath, field: str = "model") -> LinearModel:
    """Read a model that `save_model` wrote.

    Args:
        path: Folder that `save_model` wrote.
        field: Name of the model for error messages, as `owner.field`.

    Returns:
        The model.

    Raises:
        DataError: If the folder does not hold such a model, or the model was damaged or changed.
    """
    fix = "Train one with train_linear_model"
    check(Path(path).is_dir(), field, "be a folder that holds a model", str(path), fix)
    state = read_state(Path(path) / "model.json", _FORMAT, field, fix)
    stated = from_state(_Stated, state, field, fix)
    _check_names(stated, field, fix)
    count = 2 if stated.task == "classification" else 0
    check(len(stated.classes) == count, field, f"have {count} classes", stated.classes, fix)
    check_classes(stated.classes, stated.label_type, stated.task, field, fix)
    coefficients = _read_coefficients(Path(path) / "coefficients.npy", field, fix)
    shape, count = coefficients.shape, len(stated.features)
    check(shape == (count,), field, f"have {count} coefficients, one for each feature", shape, fix)
    return LinearModel(coefficients=coefficients, **vars(stated))


def _check_names(stated: _Stated, field: str, fix: str) -> None:
    names = (*stated.features, stated.label)
    check(stated.features, field, "have features", stated.features, fix)
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    check(not twice, field, "name the label and each feature once", twice, fix)


def check_classes(
    classes: tuple[bool | int | float | str, ...], label_type: str, task: str, field: str, fix: str
) -> None:
    """Refuse classes that are not distinct values of their type, and any classes of a regression.

    Args:
        classes: The classes of a model.
        label_type: Name of their Arrow type.
        task: `regression`, which has no classes, or `classification`.
        field: Name of the model for error messages, as `owner.field`.
        fix: Where the reader can get a valid model.

    Raises:
        DataError: If the classes are not valid.
    """
    kind = CLASS_TYPES.get(label_type)
    check(kind, field, f"have a label_type of {sorted(CLASS_TYPES)}", label_type, fix)
    fits = len(classes) > 1 if task == "classification" else not classes
    rule = "have classes" if task == "classification" else "have no classes"
    check(fits and len(set(classes)) == len(classes), field, f"{rule} that differ", classes, fix)
    typed = all(type(value) is kind for value in classes)
    check(typed, field, f"have classes of the label_type {label_type!r}", classes, fix)


def _read_coefficients(path: Path, field: str, fix: str) -> Floats:
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        rule = "have coefficients.npy beside model.json"
        raise DataError(field, rule, str(path), fix, error) from error
    fits = isinstance(found, np.ndarray) and found.dtype == np.float64 and np.isfinite(found).all()
    check(fits, field, "have finite coefficients of float64", found, fix)
    coefficients: Floats = found
    return coefficients
