"""Tests of kfp_component_lib.training.linear against the closed form and scikit-learn."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, root_mean_squared_error

from kfp_component_lib.errors import DataError
from kfp_component_lib.models import load_model
from kfp_component_lib.reports.html import show
from kfp_component_lib.tables import blocks
from kfp_component_lib.training import logistic
from kfp_component_lib.training.linear import train_linear_model
from kfp_component_lib.training.systems import products


def _table(n=400, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.standard_normal((n, 3)) * [1, 30, 0.01], columns=["a", "b", "c"])
    frame["y"] = frame @ [2.0, -0.1, 50.0] + 7 + rng.standard_normal(n)
    frame["class"] = np.where(frame["y"] + rng.standard_normal(n) > 7, "yes", "no")
    return frame


def _train(folder, frame, **options):
    folder.mkdir(exist_ok=True)
    frame.to_parquet(folder / "data")
    metrics = train_linear_model(folder / "data", folder / "model", **options)
    return load_model(folder / "model"), metrics


@pytest.mark.parametrize("l2", [0.0, 1e-3, 1.0, 100.0])
@pytest.mark.parametrize("block", [7, 65_536])
def test_ridge_is_the_closed_form(tmp_path, monkeypatch, l2, block):
    """Coefficients and intercept agree with the solution of the normal equations to 1e-8."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    frame = _table()
    model, metrics = _train(tmp_path, frame[["a", "b", "c", "y"]], label="y", l2=l2)
    x, y = frame[["a", "b", "c"]].to_numpy(), frame["y"].to_numpy()
    centred = x - x.mean(axis=0)
    wanted = np.linalg.solve(centred.T @ centred + l2 * np.eye(3), centred.T @ (y - y.mean()))
    np.testing.assert_allclose(model.coefficients, wanted, rtol=1e-8)
    assert model.intercept == pytest.approx(y.mean() - x.mean(axis=0) @ wanted, rel=1e-8)
    residuals = y - x @ model.coefficients - model.intercept
    assert metrics["rmse"] == pytest.approx(np.sqrt(np.mean(residuals**2)), rel=1e-8)
    assert metrics["r2"] == pytest.approx(1 - residuals.var() / y.var(), rel=1e-8)


_WEIGHTS = {
    "uniform": lambda rng: rng.uniform(0, 3, 400),
    "whole": lambda rng: rng.integers(0, 4, 400),
    "far apart": lambda rng: 10.0 ** rng.uniform(-3, 3, 400),
}


@pytest.mark.parametrize("weights", _WEIGHTS)
@pytest.mark.parametrize("block", [7, 65_536])
def test_a_weighted_ridge_is_that_of_scikit_learn(tmp_path, monkeypatch, weights, block):
    """Coefficients, intercept and metrics agree to 1e-8, and the weight is not a feature."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    frame = _table()[["a", "b", "c", "y"]]
    w = frame["w"] = _WEIGHTS[weights](np.random.default_rng(1))
    model, metrics = _train(tmp_path, frame, label="y", l2=2.0, weight_column="w")
    x, y = frame[["a", "b", "c"]], frame["y"]
    ridge = Ridge(alpha=2.0, solver="cholesky", tol=1e-12).fit(x, y, sample_weight=w)
    np.testing.assert_allclose(model.coefficients, ridge.coef_, rtol=1e-8)
    assert model.intercept == pytest.approx(ridge.intercept_, rel=1e-8)
    assert metrics["r2"] == pytest.approx(ridge.score(x, y, w), rel=1e-8)
    rmse = root_mean_squared_error(y, ridge.predict(x), sample_weight=w)
    assert metrics["rmse"] == pytest.approx(rmse, rel=1e-8)
    assert (metrics["rows"], metrics["features"]) == ((w > 0).sum(), 3)


@pytest.mark.parametrize("weights", _WEIGHTS)
@pytest.mark.parametrize("block", [7, 65_536])
def test_a_weighted_logistic_is_that_of_scikit_learn(tmp_path, monkeypatch, weights, block):
    """Coefficients, intercept and log loss agree to 1e-6."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    frame = _table()[["a", "b", "c", "class"]]
    w = frame["w"] = _WEIGHTS[weights](np.random.default_rng(1))
    options = {"label": "class", "task": "classification", "weight_column": "w"}
    model, metrics = _train(tmp_path, frame, **options)
    x = frame[["a", "b", "c"]]
    fit = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12, max_iter=1000)
    fit.fit(x, frame["class"], sample_weight=w)
    np.testing.assert_allclose(model.coefficients, fit.coef_[0], rtol=1e-6)
    assert model.intercept == pytest.approx(fit.intercept_[0], rel=1e-6)
    loss = log_loss(frame["class"], fit.predict_proba(x), sample_weight=w)
    assert metrics["log_loss"] == pytest.approx(loss, rel=1e-8)


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_a_whole_weight_counts_like_as_many_rows(tmp_path, task):
    """Repeated rows give the model that weights give, even if these are huge beside l2."""
    frame = _table().assign(w=np.arange(400) % 4)
    columns = ["a", "b", "c", {"regression": "y", "classification": "class"}[task]]
    options = {"label": columns[-1], "task": task, "l2": 0.0}
    repeated = frame.loc[frame.index.repeat(frame["w"]), columns]
    wanted, _ = _train(tmp_path, repeated, **options)
    for factor in (1.0, 1e200, 1e-200):
        weighted = frame[[*columns, "w"]].assign(w=frame["w"] * factor)
        found, _ = _train(tmp_path / str(factor), weighted, weight_column="w", **options)
        np.testing.assert_allclose(found.coefficients, wanted.coefficients, rtol=1e-6)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([-1.0] * 4, "must be at least 0"),
        ([0.0] * 4, "must be above 0 in some rows"),
        ([1.0, None, 1.0, 1.0], "must be finite, got"),
        ([1.0, 1.0, 0.0, 0.0], "must be above 0 in some row of each class, got .*'b'"),
        ([5e-324] * 4, "must not be negligible beside l2"),
    ],
)
def test_wrong_weights_are_refused(tmp_path, weights, message):
    """The message says why, and no model is written."""
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4], "y": list("aabb"), "w": weights})
    options = {"label": "y", "task": "classification", "weight_column": "w"}
    with pytest.raises(DataError, match=f"train_linear_model.weight_column {message}"):
        _train(tmp_path, frame, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_the_page_shows_effects_in_comparable_units(tmp_path):
    """The strongest feature is first, whatever its unit; its effect is per standard deviation."""
    frame = _table()[["a", "b", "c", "class"]].assign(w=2)
    options = {"label": "class", "task": "classification", "about": {"dataset": "mine"}}
    model, _ = _train(
        tmp_path, frame, out_html=tmp_path / "page", weight_column="w", l2=0.1, **options
    )
    page = (tmp_path / "page").read_text()
    effects = (model.coefficients * frame[["a", "b", "c"]].std(ddof=0)).to_dict()
    ranked = sorted(effects, key=lambda name: -abs(effects[name]))
    assert re.findall(r'<tr><th scope="row">([abc])</th>', page) == ranked
    for name in ranked:
        assert f">{show(effects[name])}</td>" in page
    assert "the log-odds of class = yes rise" in page
    for text in (
        "mine",
        "w, 800 in total",
        "Of the training rows, weighted by",
        show(model.intercept),
    ):
        assert text in page


def test_a_page_of_many_features_says_what_it_leaves_out(tmp_path):
    """Of 203 features, the 200 strongest are shown; one feature and constants have a page too."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.standard_normal((300, 203)), columns=[f"x{n}" for n in range(203)])
    frame["y"] = frame["x7"]
    _train(tmp_path, frame, label="y", out_html=tmp_path / "page")
    page = (tmp_path / "page").read_text()
    assert page.count('class="bar"') == 200
    assert "3 more features have smaller effects" in page
    constant = pd.DataFrame({"x": [1.0, 1], "y": [2, 2]})
    _train(tmp_path / "other", constant, label="y", out_html=tmp_path / "p")
    assert "the predicted y rises" in (tmp_path / "p").read_text()
    assert "nan" not in (tmp_path / "p").read_text()


def test_ridge_on_real_data(tmp_path):
    """On the diabetes data ridge agrees with scikit-learn to 1e-8."""
    data = load_diabetes(as_frame=True).frame
    model, _ = _train(tmp_path, data, label="target", l2=0.5)
    ridge = Ridge(alpha=0.5, solver="cholesky").fit(data.drop(columns="target"), data["target"])
    np.testing.assert_allclose(model.coefficients, ridge.coef_, rtol=1e-8)
    assert model.intercept == pytest.approx(ridge.intercept_, rel=1e-8)


@pytest.mark.parametrize("l2", [1e-3, 1.0, 50.0])
@pytest.mark.parametrize("block", [11, 65_536])
def test_logistic_is_that_of_scikit_learn(tmp_path, monkeypatch, l2, block):
    """Coefficients and intercept agree with scikit-learn's to 1e-6."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    frame = _table()[["a", "b", "c", "class"]]
    options = {"label": "class", "task": "classification", "l2": l2}
    model, metrics = _train(tmp_path, frame, **options)
    wanted = LogisticRegression(C=1 / l2, tol=1e-12, max_iter=10_000, solver="newton-cholesky")
    wanted.fit(frame[["a", "b", "c"]], frame["class"])
    np.testing.assert_allclose(model.coefficients, wanted.coef_[0], rtol=1e-6)
    assert model.intercept == pytest.approx(wanted.intercept_[0], rel=1e-6)
    assert model.classes == ("no", "yes")
    chance = wanted.predict_proba(frame[["a", "b", "c"]])[:, 1]
    loss = -np.log(np.where(frame["class"] == "yes", chance, 1 - chance)).mean()
    assert metrics["log_loss"] == pytest.approx(loss, rel=1e-8)


def test_logistic_on_real_data(tmp_path):
    """On the breast cancer data the probabilities agree with scikit-learn's to 1e-6."""
    data = load_breast_cancer(as_frame=True).frame
    model, _ = _train(tmp_path, data, label="target", task="classification", l2=1.0)
    x = data.drop(columns="target").to_numpy()
    wanted = LogisticRegression(C=1.0, tol=1e-12, max_iter=100_000, solver="newton-cholesky")
    wanted.fit(x, data["target"])
    ours = 1 / (1 + np.exp(-model.scores(x)))
    np.testing.assert_allclose(ours, wanted.predict_proba(x)[:, 1], atol=1e-6)


def test_a_model_says_what_it_is(tmp_path):
    """The folder of a model has readable JSON, and an array that can be loaded without pickle."""
    _train(tmp_path, _table()[["a", "b", "y"]], label="y", features=["b"])
    stated = json.loads((tmp_path / "model" / "model.json").read_text())
    assert (stated["task"], stated["features"], stated["label"]) == ("regression", ["b"], "y")
    assert np.load(tmp_path / "model" / "coefficients.npy", allow_pickle=False).shape == (1,)


_CLASSIFY = {"label": "y", "task": "classification"}


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        ({"x": [1.0], "y": [1.0]}, {"label": "z"}, "label must name a column that occurs once"),
        ({"x": [1.0], "y": [1.0]}, {"label": "y", "task": "t"}, "task must be one of"),
        ({"x": [1.0], "y": [1.0]}, {"label": "y", "l2": -1.0}, "l2 must be at least 0"),
        ({"x": [1.0], "y": [1.0]}, {"label": "y", "l2": float("nan")}, "l2 must be at least 0"),
        ({"x": ["a"], "y": [1.0]}, {"label": "y"}, "features must be numeric, got 'x: string'"),
        ({"x": [1.0], "y": ["a"]}, {"label": "y"}, "label must be numeric, got 'y: string'"),
        ({"x": [1.0], "y": [1.0]}, {"label": "y", "features": ["y"]}, "not name the label"),
        ({"y": [1.0]}, {"label": "y"}, "features must name a column"),
        (
            {"x": [1.0, None], "y": [1.0, 2.0]},
            {"label": "y"},
            r"features must be finite, got .1 null",
        ),
        ({"x": [np.inf], "y": [1.0]}, {"label": "y"}, "features must be finite"),
        (
            {"x": [1.0, 2.0], "y": [1.0, None]},
            {"label": "y"},
            "train_linear_model.label must be finite",
        ),
        ({"x": [1.0, 1.0], "y": [1.0, 2.0]}, {"label": "y", "l2": 0.0}, "make the solution unique"),
        ({"x": [1.0, 2.0], "y": [1, 1]}, _CLASSIFY, r"label must have two classes, got \['1'\]"),
        ({"x": [1.0, 2.0, 3.0], "y": [1, 2, 3]}, _CLASSIFY, "label must have two classes"),
        ({"x": [1.0, 2.0], "y": ["a", None]}, _CLASSIFY, "label must have no null"),
        ({"x": [1.0, 2.0], "y": [0, 1]}, {**_CLASSIFY, "l2": 0.0}, "l2 must"),
    ],
)
def test_what_cannot_be_fitted_is_refused(tmp_path, data, options, message):
    """The message says what is wrong, and no model is written."""
    pq.write_table(pa.table(data), tmp_path / "data")
    with pytest.raises(DataError, match=message):
        train_linear_model(tmp_path / "data", tmp_path / "model", **options)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_no_rows_are_refused(tmp_path):
    """A model cannot be fitted to a table without rows."""
    empty = pa.table({"x": pa.array([], pa.float64()), "y": pa.array([], pa.float64())})
    pq.write_table(empty, tmp_path / "data")
    with pytest.raises(DataError, match="data must have rows, got 0"):
        train_linear_model(tmp_path / "data", tmp_path / "model", "y")


def test_a_constant_label_has_finite_metrics(tmp_path):
    """If the label is constant, r2 is not defined and left out of the metrics."""
    _, metrics = _train(tmp_path, pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, 3.0]}), label="y")
    assert metrics == {"rows": 2, "features": 1, "passes": 1, "rmse": 0.0}


def test_the_fit_is_a_minimum(tmp_path):
    """The gradient of the penalised loss at the coefficients is 0 up to rounding."""
    frame = _table(3000)
    model, _ = _train(
        tmp_path, frame[["a", "b", "c", "class"]], label="class", task="classification"
    )
    x = frame[["a", "b", "c"]].to_numpy()
    residuals = 1 / (1 + np.exp(-model.scores(x))) - (frame["class"] == "yes")
    gradient = x.T @ residuals + model.coefficients
    assert np.all(np.abs(gradient) < 1e-7 * np.abs(x).sum(axis=0))
    assert abs(residuals.sum()) < 1e-7 * len(x)


def test_a_step_that_overshoots_is_halved(tmp_path):
    """The minimum is found even where a full Newton step makes the loss 300 times as large."""
    rows = [(0.6, -1.42), (-0.78, -3.56), (-10.74, 3.91), (-10.15, -0.7)]
    rows += [(-0.65, -4.52), (0.79, 6.77), (-1.5, -30.61), (40.88, 198.24)]
    frame = pd.DataFrame(rows, columns=["a", "b"])
    frame["class"] = [False, True, True, True, False, True, False, True]
    model, _ = _train(tmp_path, frame, label="class", task="classification", l2=1.648e-4)
    x = frame[["a", "b"]].to_numpy()
    wanted = LogisticRegression(C=1 / 1.648e-4, tol=1e-14, max_iter=100_000, solver="lbfgs")
    wanted.fit(x, frame["class"])
    np.testing.assert_allclose(model.coefficients, wanted.coef_[0], rtol=1e-4)
    residuals = 1 / (1 + np.exp(-model.scores(x))) - frame["class"]
    assert np.all(np.abs(x.T @ residuals + 1.648e-4 * model.coefficients) < 1e-10)


@pytest.mark.parametrize("n_rows", [4, 5000])
def test_classes_that_a_line_separates_need_a_penalty(tmp_path, n_rows):
    """Without a penalty the weights would grow without limit; a small one gives a minimum."""
    x = np.linspace(-1, 1, n_rows)
    frame = pd.DataFrame({"x": x, "class": x > 0})
    with pytest.raises(DataError, match=r"train_linear_model\.l2 must"):
        _train(tmp_path, frame, label="class", task="classification", l2=0.0)
    model, _ = _train(tmp_path, frame, label="class", task="classification", l2=1e-6)
    residuals = np.exp(-np.logaddexp(0.0, -model.scores(x[:, np.newaxis]))) - frame["class"]
    assert abs(x @ residuals + 1e-6 * model.coefficients[0]) < 1e-9 * n_rows


def test_scores_beyond_the_exponential_have_a_loss():
    """Where exp would overflow or underflow, the loss and its derivatives are still correct."""
    scores = np.array([900.0, -900.0, 1.0, -1.0])
    inputs, weights = np.vstack([scores, np.ones(4)]), np.array([1.0, 0.0])
    loss, sums = logistic._contribution(inputs, np.ones(4), weights)
    assert loss == pytest.approx(np.logaddexp(0, scores).sum(), rel=1e-15)
    chance = np.exp(-np.logaddexp(0, -scores))
    np.testing.assert_allclose(sums[-1], inputs @ chance, rtol=1e-15)
    np.testing.assert_allclose(sums[:-1], (inputs * chance * (1 - chance)) @ inputs.T, atol=1e-12)


@pytest.mark.parametrize(("m", "k", "n"), [(2, 2, 5), (5, 4, 100_000), (33, 40, 900), (90, 600, 7)])
def test_products_are_those_of_matrices(m, k, n):
    """Matrix products that are computed in pieces agree with those of NumPy."""
    rng = np.random.default_rng(0)
    left, right = rng.standard_normal((m, n)), rng.standard_normal((k, n))
    np.testing.assert_allclose(products(left, right), left @ right.T, atol=1e-9)


def test_results_do_not_depend_on_the_number_of_cores(tmp_path):
    """Models of 40 features are the same to the last bit with one thread of BLAS and with four."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.standard_normal((20_000, 40))).rename(columns=str)
    frame["y"] = frame.sum(axis=1) + rng.standard_normal(20_000) > 0
    frame.to_parquet(tmp_path / "data")
    for task in ("regression", "classification"):
        models = [_in_process(tmp_path, task, threads) for threads in ("1", "4")]
        assert models[0] == models[1]


def _in_process(folder, task, threads):
    code = "import sys; from kfp_component_lib.training.linear import train_linear_model as train"
    code += f"; train(sys.argv[1], sys.argv[2], 'y', {task!r})"
    model = folder / f"{task}{threads}"
    environment = os.environ | {
        "OPENBLAS_NUM_THREADS": threads,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-c", code, folder / "data", model]
    subprocess.run(command, env=environment, check=True)
    return [path.read_bytes() for path in sorted(model.iterdir())]


def test_classes_that_look_the_same_are_refused(tmp_path):
    """Classes that differ only in spaces are refused, as people cannot tell them apart."""
    pq.write_table(pa.table({"a": [0.0, 1.0, 2.0], "y": ["yes", "yes ", "yes"]}), tmp_path / "data")
    with pytest.raises(DataError, match=r"label must have classes that people can tell apart, got"):
        train_linear_model(tmp_path / "data", tmp_path / "model", "y", "classification")
