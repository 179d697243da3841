"""The browser, and the reports that it shows."""

import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kfp_component_lib.data_processing.profiling import profile_table
from kfp_component_lib.evaluation.classification import evaluate_classification
from kfp_component_lib.evaluation.drift import detect_drift
from kfp_component_lib.evaluation.regression import evaluate_regression
from kfp_component_lib.training.trees import TreeOptions, train_tree_model
from tests.reports.devtools import Page

_NASTY = "<script>window.executed = true</script><img src='http://127.0.0.1:9/x'>"


@pytest.fixture
def browser_page():
    """An empty tab of the browser at BROWSER_URL."""
    url = os.environ.get("BROWSER_URL")
    assert url, (
        "BROWSER_URL must be the DevTools address of a Chromium, but is not set. Run: .ci/browser"
    )
    page = Page(url)
    yield page
    page.close()


@pytest.fixture(scope="session")
def reports(tmp_path_factory):
    """The HTML of each kind of report, by its name."""
    folder = tmp_path_factory.mktemp("reports")
    pq.write_table(_mixed(0.0), folder / "data")
    pq.write_table(_mixed(1.0), folder / "moved")
    pq.write_table(_wide(), folder / "wide")
    pq.write_table(pa.table({"long": ["x" * 10_000_000, "y" * 10_000_000, "z"]}), folder / "long")
    for name in ("data", "wide", "long"):
        profile_table(folder / name, folder / f"{name}.profile", folder / f"profile_{name}.html")
    detect_drift(folder / "data", folder / "moved", folder / "drift.md", folder / "drift.html")
    about = {"dataset": "s3://bucket/" + "folder/" * 20 + _NASTY, "model": "logistic regression"}
    data, many = folder / "data", folder / "many"
    pq.write_table(_many(), many)
    evaluate_classification(data, folder / "classification.html", "class", about=about)
    evaluate_classification(many, folder / "classes.html", "class", about=about)
    evaluate_regression(data, folder / "regression.html", "y", _NASTY, about)
    outs = folder / "trees", folder / "trees.html"
    options = TreeOptions(rounds=30)
    train_tree_model(data, *outs, _NASTY, features=["y", "half", "class"], options=options)
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.html")}


def _mixed(shift):
    rng = np.random.default_rng(0)
    n_rows = 2000
    y = rng.standard_normal(n_rows) + shift
    positive = rng.random(n_rows) < 1 / (1 + np.exp(-y))
    classes = np.array([_NASTY, "other"])
    times = pa.array(np.arange(n_rows) * 86_400).cast(pa.int64()).cast(pa.timestamp("s", "UTC"))
    return pa.table(
        {
            "y": y,
            _NASTY: y + 0.3 * rng.standard_normal(n_rows),
            "class": classes[positive.astype(int)],
            "prediction": classes[(y > 0).astype(int)],
            "probability": 1 / (1 + np.exp(-y)),
            "time": times,
            "half": pa.array([None if n % 2 else n for n in range(n_rows)]),
            "a_name_without_a_place_to_break_it_" * 6: np.ones(n_rows),
        }
    )


def _many():
    rng = np.random.default_rng(1)
    chances = rng.dirichlet([1] * 12, 3000)
    names = np.array([f"class {n}" for n in range(12)])
    true = (rng.random((3000, 1)) > chances.cumsum(axis=1)).sum(axis=1)
    columns = {f"probability={name}": chances[:, n] for n, name in enumerate(names)}
    return pa.table({"class": names[true], "prediction": names[chances.argmax(axis=1)], **columns})


def _wide():
    rng = np.random.default_rng(0)
    return pa.table({f"column_{n}": rng.standard_normal(100) for n in range(500)})
