"""Gradient boosted trees as a folder: model.json describes them, and trees.skops holds them."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import sklearn
import skops.io

from kfp_component_lib.errors import DataError, check
from kfp_component_lib.files import StrPath, replacing
from kfp_component_lib.models import check_classes
from kfp_component_lib.state import from_state, read_state
from kfp_component_lib.tables.arrays import column_kind, decoded, numbers, to_numpy, value_text
from kfp_component_lib.tables.reading import Table

__all__ = [
    "TreeFeature",
    "TreeModel",
    "column_use",
    "load_trees",
    "require_features",
    "save_trees",
    "tree_matrix",
    "unseen_values",
]

Floats = npt.NDArray[np.float64]
_FORMAT = "kfp_component_lib/tree-model/1"
# The objects in a file of skops that never change, so that it does not matter who shares them.
_CONSTANTS = ("JsonNode", "TypeNode")
_BITSET_WORDS = 8  # Of 32 bits: one for each bin of scikit-learn's.
_MODULE = "sklearn.ensemble._hist_gradient_boosting.gradient_boosting"
_KINDS = {
    "regression": f"{_MODULE}.HistGradientBoostingRegressor",
    "classification": f"{_MODULE}.HistGradientBoostingClassifier",
}
# The types in scikit-learn's trees that skops does not trust by itself. None of them runs code from
# the file.
_TRUSTED = (
    "functools.partial",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.utils.validation.check_array",
)


@dataclass(frozen=True)
class TreeFeature:
    """A column that trees read.

    Attributes:
        name: Its name.
        values: For a text its sorted values, whose positions are the codes that trees read; None
            for a number.
    """

    name: str
    values: tuple[str, ...] | None


@dataclass(frozen=True)
class TreeModel:
    """Gradient boosted trees, and the conversion of columns to their inputs.

    Attributes:
        task: `regression` or `classification`.
        label: Name of the column they predict.
        features: The columns they read, in their order.
        trees: The estimator of scikit-learn; it predicts numbers, or classes counted from 0.
        classes: For a classification the classes, in order.
        label_type: Arrow type of the label, as text.
    """

    task: str
    label: str
    features: tuple[TreeFeature, ...]
    trees: Any
    classes: tuple[Any, ...] = ()
    label_type: str = "double"


@dataclass(frozen=True)
class _Stated:
    """What model.json states besides its format: a `TreeModel` without its trees."""

    task: Literal["regression", "classification"]
    label: str
    features: tuple[TreeFeature, ...]
    classes: tuple[bool | int | float | str, ...]
    label_type: str
    scikit_learn: str


def save_trees(model: TreeModel, path: StrPath) -> None:
    """Write a model as a folder; it holds no pickle.

    Args:
        model: The model.
        path: Path of the folder, which is either complete or absent.

    Raises:
        OSError: If the folder cannot be written.
    """
    stated = _Stated(
        task=model.task,  # type: ignore[arg-type]
        label=model.label,
        features=model.features,
        classes=model.classes,
        label_type=model.label_type,
        scikit_learn=sklearn.__version__,
    )
    text = json.dumps({**asdict(stated), "format": _FORMAT}, indent=2, allow_nan=False)
    with replacing(path) as partial:
        partial.mkdir()
        (partial / "model.json").write_text(text, encoding="utf-8")
        (partial / "trees.skops").write_bytes(_same_bytes(skops.io.dumps(model.trees)))


def _same_bytes(dumped: bytes) -> bytes:
    """Return a file of skops in a form that is the same whenever the estimator is the same.

    skops names objects and their files by addresses in memory, and the archive says when it was
    written. Objects are numbered instead in the order in which they appear. Constants are numbered
    each time: whether two equal constants are one object depends on the process.
    """
    numbers: dict[Any, int] = {}
    files: dict[str, str] = {}

    def numbered(node: dict[str, Any]) -> dict[str, Any]:
        if "__id__" in node:
            key = object() if node["__loader__"] in _CONSTANTS else node["__id__"]
            node["__id__"] = numbers.setdefault(key, len(numbers))
        if "file" in node:
            node["file"] = files.setdefault(node["file"], f"{len(files)}.npy")
        return node

    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(dumped)) as source, zipfile.ZipFile(written, "w") as target:
        schema = json.loads(source.read("schema.json"), object_hook=numbered)
        for old, new in files.items():
            target.writestr(zipfile.ZipInfo(new), source.read(old))
        target.writestr(zipfile.ZipInfo("schema.json"), json.dumps(schema))
    return written.getvalue()


def load_trees(path: StrPath, field: str) -> TreeModel:
    """Read a model without running any code from its folder.

    Args:
        path: Folder written by `save_trees`.
        field: The name of the model in errors, as `owner.field`.

    Returns:
        The model.

    Raises:
        DataError: If the folder does not hold such a model, or if the model is damaged, was written
            by another version of scikit-learn, or has parts that trees do not have.
    """
    fix = "Train one with train_tree_model"
    check(Path(path).is_dir(), field, "be a folder that holds a model", str(path), fix)
    state = read_state(Path(path) / "model.json", _FORMAT, field, fix)
    stated = from_state(_Stated, state, field, fix)
    _check_stated(stated, field, fix)
    trees = _read_trees(Path(path) / "trees.skops", _KINDS[stated.task], field, fix)
    _check_trees(trees, stated, field, fix)
    known = {name: value for name, value in vars(stated).items() if name != "scikit_learn"}
    return TreeModel(trees=trees, **known)


def _check_stated(stated: _Stated, field: str, fix: str) -> None:
    own = ".".join(sklearn.__version__.split(".")[:2])
    rule, fits = f"be of scikit-learn {own}", stated.scikit_learn.startswith(f"{own}.")
    check(fits, field, rule, stated.scikit_learn, "Train it again with this version")
    names = Counter([stated.label, *(feature.name for feature in stated.features)])
    twice = sorted(name for name, count in names.items() if count > 1)
    check(not twice, field, "name the label and each feature once", twice, fix)
    check_classes(stated.classes, stated.label_type, stated.task, field, fix)
    # The trees count them in this order.
    ordered = list(stated.classes) == sorted(stated.classes)
    check(ordered, field, "have its classes in order", stated.classes, fix)


def _read_trees(path: Path, kind: str, field: str, fix: str) -> Any:
    try:
        types = skops.io.get_untrusted_types(file=path)
        foreign = sorted(set(types) - set(_TRUSTED))
        check(not foreign, field, "hold nothing but trees of scikit-learn", foreign, fix)
        trees = skops.io.load(path, trusted=types)
    except DataError:
        raise
    except Exception as error:  # For a damaged file skops and zipfile may raise any exception.
        rule = "have intact trees.skops beside model.json"
        raise DataError(field, rule, path.name, fix, repr(error)) from error
    found = f"{type(trees).__module__}.{type(trees).__qualname__}"
    check(found == kind, field, f"hold a {kind}", found, fix)
    return trees


def _check_trees(trees: Any, stated: _Stated, field: str, fix: str) -> None:
    wanted = len(stated.features)
    found = getattr(trees, "n_features_in_", None)
    check(found == wanted, field, f"have trees of {wanted} features", found, fix)
    if stated.task == "classification":
        codes = list(range(len(stated.classes)))
        classes = [int(code) for code in getattr(trees, "classes_", ())]
        check(classes == codes, field, f"have trees of {len(codes)} classes", classes, fix)
    try:
        sound = all(map(_Sound(trees).tree, chain.from_iterable(trees._predictors)))
        sound = sound and _predicts(trees, stated)
    except Exception as error:  # Attributes may be missing or have any type.
        rule = "have trees that scikit-learn can predict with"
        raise DataError(field, rule, type(error).__name__, fix, error) from error
    check(sound, field, "have trees whose nodes lead to leaves with finite values", "others", fix)


class _Sound:
    """Checks that trees lead every row to a leaf, since scikit-learn follows links unchecked."""

    def __init__(self, trees: Any) -> None:
        self._categories = np.asarray(trees._bin_mapper.is_categorical_, np.bool_)

    def tree(self, tree: Any) -> bool:
        """Return whether nodes lead to later nodes, and read only existing features and categories."""
        nodes, sets = tree.nodes, tree.raw_left_cat_bitsets
        inner = np.flatnonzero(nodes["is_leaf"] == 0)
        links = nodes[inner]
        sides = np.stack([links["left"], links["right"]])
        features = links["feature_idx"]
        if sets.ndim != 2 or sets.shape[1] != _BITSET_WORDS or sets.dtype != np.uint32:
            return False
        if not len(nodes) or (sides <= inner).any() or (sides >= len(nodes)).any():
            return False
        if (features < 0).any() or (features >= len(self._categories)).any():
            return False
        of_sets = links["is_categorical"] != 0
        known = self._categories[features[of_sets]].all()
        within = (links["bitset_idx"][of_sets] < len(sets)).all()
        return bool(known and within and np.isfinite(nodes["value"]).all())


def _predicts(trees: Any, stated: _Stated) -> bool:
    """Return whether a row without values has a finite prediction for each class."""
    row = np.full((1, len(stated.features)), np.nan)
    if stated.task == "regression":
        return bool(np.isfinite(trees.predict(row)).all())
    chances = trees.predict_proba(row)
    return chances.shape == (1, len(stated.classes)) and bool(np.isfinite(chances).all())


def tree_matrix(block: pa.RecordBatch, features: tuple[TreeFeature, ...], field: str) -> Floats:
    """Return the columns of a block in the form that trees read.

    Args:
        block: Rows with the columns.
        features: The columns.
        field: The name of the table in errors, as `owner.field`.

    Returns:
        float64 array of shape (n_rows, n_features): numbers, and codes of texts. Null, NaN and texts
        that are not among the known values are NaN.

    Raises:
        DataError: If a number is infinite.
    """
    matrix = np.empty((block.num_rows, len(features)))
    for n, feature in enumerate(features):
        column = block[feature.name]
        values = numbers(column) if feature.values is None else _codes(column, feature.values)
        bad = f"{int(np.isinf(values).sum())} infinite values in {feature.name!r}"
        check(not np.isinf(values).any(), field, "be finite or missing", bad, "Drop these rows")
        matrix[:, n] = values
    return matrix


def unseen_values(
    block: pa.RecordBatch, features: tuple[TreeFeature, ...], matrix: Floats
) -> dict[str, int]:
    """Count the rows whose text is not among the values that trees have seen.

    Args:
        block: Rows.
        features: The columns that trees read.
        matrix: The result of `tree_matrix` for the block.

    Returns:
        The number of rows by the name of each text column.
    """
    missing = np.count_nonzero(np.isnan(matrix), axis=0).tolist()
    return {
        feature.name: count - decoded(block[feature.name]).null_count
        for feature, count in zip(features, missing, strict=True)
        if feature.values is not None
    }


def require_features(table: Table, features: tuple[TreeFeature, ...], field: str) -> None:
    """Refuse columns that are missing, or are numbers where texts are expected or texts for numbers.

    Args:
        table: The table that must have them.
        features: The columns.
        field: The name of the table in errors, as `owner.field`.

    Raises:
        DataError: If a column does not fit.
    """
    table.require([feature.name for feature in features], field)
    for feature in features:
        kind = table.schema.field(feature.name).type
        wanted = "number" if feature.values is None else "text"
        fix = "Cast it to what the trees were trained on"
        fits = column_use(kind) == wanted or pa.types.is_null(kind)
        check(fits, field, f"be a {wanted}", f"{feature.name}: {kind}", fix)


def column_use(kind: pa.DataType) -> str:
    """Return whether trees read a type as `number` or `text`, or `other` if they cannot."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    names = {"number": "number", "category": "text"}
    return "number" if pa.types.is_boolean(kind) else names.get(column_kind(kind), "other")


def _codes(column: pa.Array, values: tuple[str, ...]) -> Floats:
    encoded = decoded(column).dictionary_encode()
    places = {value: float(n) for n, value in enumerate(values)}
    known = [places.get(value_text(value), np.nan) for value in encoded.dictionary.to_pylist()]
    codes: Floats = np.array([*known, np.nan])[to_numpy(encoded.indices, len(known))]
    return codes
