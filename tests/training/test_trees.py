"""Tests of kfp_component_lib.training.trees and its predictions against scikit-learn."""

import json
import math
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import skops.io
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import accuracy_score, log_loss, r2_score

from kfp_component_lib.deployment.tree_prediction import predict_with_trees
from kfp_component_lib.errors import DataError
from kfp_component_lib.tables import blocks
from kfp_component_lib.training.trees import TreeOptions, train_tree_model

_ONE_ROUND = TreeOptions(rounds=1, early_stopping=False)


def _mixed(n=600):
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal(n), rng.choice(["a", "b", "c"], n)
    flag = rng.random(n) < 0.5
    y = x + (t == "b") * 3 - (t == "c") * flag * 2 + 0.1 * rng.standard_normal(n)
    x[rng.random(n) < 0.1] = np.nan
    text = pa.array([None if rng.random() < 0.1 else v for v in t])
    names = np.array(["low", "middle", "high"])
    classes = names[np.digitize(y, [0, 2])]
    columns = {"x": x, "t": text, "flag": flag, "y": y, "class": classes, "two": y > 1}
    return pa.table({**columns, "w": rng.uniform(0, 2, n)})


_FEW_ROUNDS = TreeOptions(rounds=8)


def _train(folder, table, label, task="regression", **arguments):
    pq.write_table(table, folder / "data")
    arguments = {"features": ["x", "t", "flag"], "options": _FEW_ROUNDS, **arguments}
    outs = folder / "model", folder / "page.html"
    return train_tree_model(folder / "data", *outs, label, task, **arguments)


def _predict(folder, table=None):
    if table is not None:
        pq.write_table(table, folder / "data")
    predict_with_trees(folder / "data", folder / "model", folder / "out")
    return pq.read_table(folder / "out")


def _inputs(table):
    """Return the features as scikit-learn takes them, made by pandas."""
    frame = table.select(["x", "t", "flag"]).to_pandas()
    codes = pd.Categorical(frame["t"], ["a", "b", "c"]).codes.astype(float)
    return np.column_stack([frame["x"], np.where(codes < 0, np.nan, codes), frame["flag"]])


@pytest.mark.parametrize("weight", ["", "w"])
@pytest.mark.parametrize("early", [True, False])
def test_a_regression_is_that_of_scikit_learn(tmp_path, monkeypatch, early, weight):
    """Texts, booleans, missing values and weights give the very predictions of the estimator."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 91)
    table = _mixed()
    options = TreeOptions(rounds=8, early_stopping=early, seed=7)
    metrics = _train(tmp_path, table, "y", weight_column=weight, options=options)
    wanted = HistGradientBoostingRegressor(
        categorical_features=[False, True, False],
        early_stopping=early,
        max_iter=8,
        random_state=7,
    )
    weights = np.asarray(table[weight]) if weight else None
    x, y = _inputs(table), np.asarray(table["y"])
    found = wanted.fit(x, y, weights).predict(x)
    np.testing.assert_allclose(np.asarray(_predict(tmp_path)["prediction"]), found, rtol=1e-12)
    assert metrics["r2"] == pytest.approx(r2_score(y, found, sample_weight=weights), rel=1e-9)
    assert metrics["rounds"] == wanted.n_iter_
    assert ("validation_loss" in metrics) == early


@pytest.mark.parametrize(
    ("label", "classes"), [("class", ["high", "low", "middle"]), ("two", [False, True])]
)
def test_a_classification_is_that_of_scikit_learn(tmp_path, monkeypatch, label, classes):
    """Two classes or more have the estimator's probabilities, under their names."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 91)
    table = _mixed()
    metrics = _train(tmp_path, table, label, "classification", options=TreeOptions(rounds=8))
    wanted = HistGradientBoostingClassifier(
        max_iter=8, categorical_features=[False, True, False], early_stopping=True, random_state=0
    )
    x, y = _inputs(table), table[label].to_pylist()
    chances = wanted.fit(x, [classes.index(value) for value in y]).predict_proba(x)
    out = _predict(tmp_path)
    names = [f"probability={value}" for value in classes]
    assert out.column_names == [*table.column_names, "prediction", *names]
    np.testing.assert_allclose(np.column_stack([out[n] for n in names]), chances, rtol=1e-12)
    assert out["prediction"].to_pylist() == [classes[n] for n in chances.argmax(axis=1)]
    assert metrics["log_loss"] == pytest.approx(log_loss([classes.index(v) for v in y], chances))
    assert metrics["accuracy"] == accuracy_score(y, out["prediction"].to_pylist())


@pytest.mark.parametrize(
    ("load", "task", "figure"),
    [(load_diabetes, "regression", "r2"), (load_wine, "classification", "accuracy")],
)
def test_real_data_is_learned(tmp_path, load, task, figure):
    """Diabetes and wines of three cultivars, as scikit-learn ships them."""
    frame = load(as_frame=True).frame
    table = pa.Table.from_pandas(frame, preserve_index=False)
    assert _train(tmp_path, table, "target", task, features=())[figure] > 0.4


def test_texts_that_training_has_not_seen_are_missing(tmp_path):
    """An unknown text is predicted like null; types of the same meaning are read."""
    _train(tmp_path, _mixed(), "y")
    columns = {"x": pa.array([0, 0, 0]), "flag": pa.array([1, 1, 1], pa.int8())}
    texts = pa.array(["new", None, "b"]).dictionary_encode()
    first, second, third = _predict(tmp_path, pa.table({**columns, "t": texts}))[
        "prediction"
    ].to_pylist()
    assert first == second != third


def test_texts_that_training_has_not_seen_are_counted(tmp_path, monkeypatch):
    """By column; null is none of them."""
    _train(tmp_path, _mixed(), "y")
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 2)
    texts = pa.array(["new", None, "b", "a", "newer"])
    table = pa.table({"x": [0.0] * 5, "flag": [True] * 5, "t": texts, "more": range(5)})
    pq.write_table(table, tmp_path / "data")
    found = predict_with_trees(tmp_path / "data", tmp_path / "model", tmp_path / "out")
    assert found["unseen_values"] == {"t": 2}
    pq.write_table(table.slice(1, 3), tmp_path / "data")
    found = predict_with_trees(tmp_path / "data", tmp_path / "model", tmp_path / "out")
    assert found["unseen_values"] == {}


@pytest.mark.parametrize("nothing", [pa.nulls(3), pa.nulls(3, pa.string())], ids=["null", "text"])
def test_a_column_without_values_is_missing(tmp_path, nothing):
    """A table to be scored may have a feature without a value, whatever type the file gives it."""
    _train(tmp_path, _mixed(), "y")
    columns = {"x": pa.nulls(3), "t": nothing, "flag": [True] * 3}
    found = _predict(tmp_path, pa.table(columns))
    missing = pa.table({"x": [math.nan] * 3, "t": pa.nulls(3, pa.string()), "flag": [1.0] * 3})
    assert found["prediction"].equals(_predict(tmp_path, missing)["prediction"])


def test_other_columns_are_kept_and_have_no_part(tmp_path):
    """Neither their values nor their places change a prediction."""
    _train(tmp_path, _mixed(), "y")
    plain = _predict(tmp_path, _mixed().select(["x", "t", "flag"]))
    table = _mixed().select(["w", "flag", "class", "t", "x"])
    found = _predict(tmp_path, table)
    assert found.column_names == [*table.column_names, "prediction"]
    assert found["prediction"].equals(plain["prediction"])


@pytest.mark.parametrize("early", [True, False])
def test_rows_of_weight_0_are_as_if_they_were_not_there(tmp_path, early):
    """However many they are; the rows held out are of the others."""
    table, options = _mixed(), TreeOptions(rounds=8, early_stopping=early)
    counts = pc.less(table["w"], 0.2)
    zeros = table.set_column(6, "w", pc.if_else(counts, 2.0, 0.0))
    ways = {"all": zeros, "alone": zeros.filter(counts)}
    metrics, predictions = [], []
    for name, rows in ways.items():
        (tmp_path / name).mkdir()
        found = _train(tmp_path / name, rows, "y", weight_column="w", options=options)
        metrics.append(found)
        predictions.append(_predict(tmp_path / name, table)["prediction"])
    assert metrics[0] == metrics[1]
    assert metrics[0]["rows"] == sum(counts.to_pylist())
    assert predictions[0].equals(predictions[1])


def test_the_column_that_a_table_was_split_by_is_no_feature(tmp_path):
    """Without `features`, all columns but the label and the order are read."""
    table = pa.table({"day": pa.array(range(90), pa.date32()), "x": range(90), "y": range(90)})
    assert _train(tmp_path, table, "y", features=(), order_by="day")["features"] == 1
    with pytest.raises(
        DataError, match=r"train_tree_model.order_by must not be a feature, got 'x'"
    ):
        _train(tmp_path, table, "y", features=["x"], order_by="x")
    with pytest.raises(DataError, match="order_by must name a column that occurs once, got 'no'"):
        _train(tmp_path, table, "y", features=["x"], order_by="no")


def test_what_is_written_is_the_same_each_time(tmp_path):
    """The model has no randomness but the seed's, and no pickle."""
    parts = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        _train(tmp_path / name, _mixed(), "class", "classification")
        parts.append(_predict(tmp_path / name).drop_columns(["x"]))
        with zipfile.ZipFile(tmp_path / name / "model" / "trees.skops") as archive:
            assert not [entry for entry in archive.namelist() if "pickle" in entry]
    assert parts[0].equals(parts[1])


def test_the_page_names_what_matters(tmp_path):
    """Features are ordered by how much they matter, and the loss is drawn."""
    _train(tmp_path, _mixed(), "y", about={"data set": "s3://here"})
    page = (tmp_path / "page.html").read_text()
    body = page[page.index("Importance") :]
    assert body.index(">t<") < body.index(">flag<")
    assert "s3://here" in page
    assert "Loss after each round" in page


def test_columns_of_odd_kinds_are_read(tmp_path):
    """A constant, a text of one value, decimals and integers are features like others."""
    n = 50
    columns = {
        "c": [1.0] * n,
        "one": ["a"] * n,
        "d": pa.array(range(n)).cast(pa.decimal128(21, 1)),
        "y": range(n),
    }
    metrics = _train(tmp_path, pa.table(columns), "y", features=())
    assert metrics["features"] == 3
    assert math.isfinite(_predict(tmp_path)["prediction"][0].as_py())


_TABLE = _mixed(40)


@pytest.mark.parametrize(
    ("table", "arguments", "message"),
    [
        (_TABLE, {"task": "x"}, "task must be one of"),
        (_TABLE, {"label": "z"}, "label must name a column"),
        (_TABLE, {"label": "class"}, "label must be numeric, got 'class: string'"),
        (_TABLE.set_column(3, "y", pa.array([math.inf] * 40)), {}, "label must be finite, got"),
        (_TABLE.set_column(3, "y", pa.nulls(40, pa.float64())), {}, "label must be finite, got"),
        (_TABLE, {"features": ["y"]}, "features must not name the label"),
        (_TABLE, {"features": ["x", "x"]}, "features must name each column once"),
        (
            _TABLE.set_column(0, "x", pa.array([math.inf] * 40)),
            {},
            "features must be finite or miss",
        ),
        (
            _TABLE.set_column(0, "x", pa.array([0] * 40, pa.timestamp("s"))),
            {},
            r"features must be numbers, booleans or texts, got 'x: timestamp\[",
        ),
        (_TABLE, {"weight_column": "t"}, "weight_column must be numeric"),
        (
            _TABLE.set_column(6, "w", pa.array([-1.0] * 40)),
            {"weight_column": "w"},
            "weight_column must be at least",
        ),
        (
            _TABLE.set_column(6, "w", pa.array([0.0] * 40)),
            {"weight_column": "w"},
            "weight_column must be above 0",
        ),
        (
            _TABLE.set_column(6, "w", pa.array([None, *[1.0] * 39])),
            {"weight_column": "w"},
            'weight_column must be finite, got "1 null, NaN',
        ),
        (
            _TABLE.set_column(6, "w", pa.array([math.nan, *[1.0] * 39])),
            {"weight_column": "w"},
            "weight_column must be finite",
        ),
        (
            _TABLE.set_column(6, "w", pc.cast(_TABLE["two"], pa.float64())),
            {"label": "two", "task": "classification", "weight_column": "w"},
            "weight_column must be above 0 in some row of each class, got '0 in all rows of False'",
        ),
        (
            _TABLE.set_column(3, "y", pa.array([math.nan, *[1.0] * 39])),
            {},
            "label must be finite, got \"1 null, NaN or infinite values in 'y'\"",
        ),
        (
            _TABLE.set_column(3, "y", pa.array([None, *[1.0] * 39])),
            {"task": "classification"},
            "label must have no null or NaN",
        ),
        (
            _TABLE.set_column(3, "y", pa.array([math.nan, *[1.0] * 39])),
            {"task": "classification"},
            "label must have no null or NaN",
        ),
        (
            _TABLE.set_column(4, "class", pa.array(["one"] * 40)),
            {"label": "class", "task": "classification"},
            r"label must have between 2 and 100 classes, got \['one'\]",
        ),
        (
            _TABLE.set_column(3, "y", pa.array([1e39, *[0.0] * 39])),
            {},
            "label must have values that differ by",
        ),
        (
            _TABLE.set_column(3, "y", pa.array([1e-46, *[0.0] * 39])),
            {},
            "label must have values that differ by",
        ),
        (_TABLE.slice(0, 0), {}, "data must have rows"),
        (
            _TABLE.set_column(0, "x", pa.nulls(40)).set_column(1, "t", pa.nulls(40, pa.string())),
            {},
            r"features must have a value in some row, got \['x', 't'\]",
        ),
        (_TABLE.slice(0, 1), {}, "data must have enough rows .* Say early_stopping=false"),
        (
            _TABLE.slice(0, 9),
            {"label": "class", "task": "classification"},
            "data must have enough rows",
        ),
        (
            pa.table({"x": [0.0] * 300, "t": [str(n) for n in range(300)], "y": range(300)}),
            {"features": ["t"]},
            "features must have at most 255 values in a text column, got \"300 or more in 't'\"",
        ),
        (
            _TABLE.append_column("day", pa.array([0] * 40, pa.date32())),
            {"label": "day", "task": "classification"},
            "label must be of booleans, integers",
        ),
    ],
)
def test_what_cannot_be_learned_is_refused(tmp_path, table, arguments, message):
    """The message says what is wrong, and nothing is written."""
    with pytest.raises(DataError, match=rf"train_tree_model\.{message}"):
        _train(tmp_path, table, **{"label": "y", **arguments})
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize(
    "options",
    [
        {"rounds": 0},
        {"learning_rate": 0.0},
        {"learning_rate": math.nan},
        {"max_leaf_nodes": 1},
        {"min_samples_leaf": 0},
        {"l2_regularization": -1.0},
        {"l2_regularization": math.inf},
        {"seed": -1},
    ],
    ids=str,
)
def test_what_no_tree_can_grow_by_is_refused(options):
    """The message names the parameter of the component."""
    (name,) = options
    with pytest.raises(DataError, match=rf"train_tree_model\.{name} must be"):
        TreeOptions(**options)


def _restated(change):
    def damage(folder):
        path = folder / "model.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **change}))

    return damage


def _other_trees(trees):
    return lambda folder: skops.io.dump(trees, folder / "trees.skops")


def _nodes(change):
    """Damage a file of trees in its nodes, which skops keeps as an array of numpy."""

    def damage(folder):
        path = folder / "trees.skops"
        names = skops.io.get_untrusted_types(file=path)
        trees = skops.io.load(path, trusted=names)
        change(trees)
        skops.io.dump(trees, path)

    return damage


def _first(trees):
    return trees._predictors[0][0]


def _set(name, value):
    return _nodes(lambda trees: _first(trees).nodes[name].__setitem__(0, value))


def _filled(name, value):
    return _nodes(lambda trees: _first(trees).nodes[name].fill(value))


def _fitted(kind, columns=3, classes=3):
    rng = np.random.default_rng(0)
    return kind(max_iter=1).fit(rng.standard_normal((60, columns)), np.arange(60) % classes)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "model.json").unlink(), "must be a JSON file"),
        (lambda f: (f / "trees.skops").unlink(), "must have intact trees.skops"),
        (lambda f: (f / "trees.skops").write_bytes(b"x"), "must have intact trees.skops"),
        (_restated({"format": "kfp_component_lib/linear-model/1"}), "must have the format"),
        (
            _restated({"scikit_learn": "0.1.2"}),
            "must be of scikit-learn .* got '0.1.2'. Train it ag",
        ),
        (_restated({"classes": ["high", "low"]}), "must have trees of 2 classes"),
        (_restated({"classes": ["low", "low", "high"]}), "must have classes that differ"),
        (_restated({"classes": []}), "must have classes that differ"),
        (_restated({"task": "regression"}), "must have no classes"),
        (_restated({"features": [{"name": "x", "values": None}]}), "must have trees of 1 features"),
        (_restated({"features": [{"name": "x", "values": "ab"}]}), "state .*values as a list"),
        (_restated({"features": [{"name": "x"}]}), "must state 'values'"),
        (_other_trees(_fitted(HistGradientBoostingRegressor)), "must hold a sklearn.*Classifier"),
        (_other_trees(_fitted(HistGradientBoostingClassifier, 2)), "must have trees of 3 features"),
        (
            _other_trees(_fitted(HistGradientBoostingClassifier, 3, 2)),
            "must have trees of 3 classes",
        ),
        (_restated({"classes": ["low", "high", "middle"]}), "must have its classes in order"),
        (_set("left", 0), "must have trees whose nodes lead to leaves"),
        (_set("right", 10**6), "must have trees whose nodes lead to leaves"),
        (_set("feature_idx", -1), "must have trees whose nodes lead to leaves"),
        (_set("feature_idx", 10**6), "must have trees whose nodes lead to leaves"),
        (_set("value", math.nan), "must have trees whose nodes lead to leaves"),
        (_filled("is_categorical", 1), "must have trees whose nodes lead to leaves"),
        (_filled("bitset_idx", 10**6), "must have trees whose nodes lead to leaves"),
        (
            _nodes(lambda trees: trees._baseline_prediction.__setitem__(0, math.inf)),
            "must have trees whose nodes lead to leaves",
        ),
        (
            _nodes(lambda trees: setattr(_first(trees), "raw_left_cat_bitsets", np.zeros(3))),
            "must have trees whose nodes lead to leaves",
        ),
        (_nodes(lambda trees: delattr(trees, "_bin_mapper")), "must have trees that scikit-learn"),
        (_other_trees({"a": print}), "must hold nothing but trees of scikit-learn"),
        (_other_trees(TransformedTargetRegressor(func=eval)), "must hold nothing but trees"),
    ],
)
def test_a_damaged_model_is_refused(tmp_path, damage, message):
    """The message says what is wrong with it, and nothing that comes with it is run."""
    _train(tmp_path, _mixed(), "class", "classification", options=_ONE_ROUND)
    damage(tmp_path / "model")
    with pytest.raises(DataError, match=rf"predict_tree_model\.model.*{message}"):
        predict_with_trees(tmp_path / "data", tmp_path / "model", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (_TABLE.drop_columns(["x"]), "must name a column that occurs once, got 'x'"),
        (_TABLE.set_column(0, "x", _TABLE["t"]), "must be a number, got 'x: string'"),
        (_TABLE.set_column(1, "t", _TABLE["y"]), "must be a text, got 't: double'"),
        (_TABLE.append_column("prediction", _TABLE["y"]), "must have no column 'prediction'"),
        (_TABLE.set_column(0, "x", pa.array([math.inf] * 40)), "must be finite or missing"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path, table, message):
    """The message says what is wrong, and nothing is written."""
    _train(tmp_path, _mixed(), "y", options=_ONE_ROUND)
    with pytest.raises(DataError, match=rf"predict_tree_model\.data {message}"):
        _predict(tmp_path, table)
    assert not (tmp_path / "out").exists()
