"""Tests of kfp_component_lib.evaluation.drift against scipy and the definitions."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from kfp_component_lib.errors import DataError
from kfp_component_lib.evaluation.drift import detect_drift, stability_index

_FLOATS = st.lists(st.floats(-10, 10), min_size=1, max_size=80)


def _detect(folder, old, new, **options):
    old.to_parquet(folder / "old")
    new.to_parquet(folder / "new")
    paths = [folder / name for name in ("old", "new", "report.md", "report.html")]
    return detect_drift(*paths, **options)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(_FLOATS, _FLOATS)
def test_the_distance_is_that_of_scipy(tmp_path_factory, old, new):
    """Up to 8192 different values the KS distance is scipy's, with ties."""
    folder = tmp_path_factory.mktemp("drift")
    result = _detect(folder, pd.DataFrame({"x": old}), pd.DataFrame({"x": new}))
    (column,) = result.columns
    assert column.ks == pytest.approx(stats.ks_2samp(old, new, method="asymp").statistic, abs=1e-12)
    assert column.ks_error == 0


def test_the_distance_of_many_values_is_within_its_error(tmp_path):
    """Beyond 8192 different values the distance lacks no more than ks_error."""
    rng = np.random.default_rng(0)
    old, new = rng.standard_normal(50_000), rng.normal(0.1, 1.1, 40_000)
    result = _detect(tmp_path, pd.DataFrame({"x": old}), pd.DataFrame({"x": new}))
    (column,) = result.columns
    exact = stats.ks_2samp(old, new).statistic
    assert 0 < column.ks_error < 0.01
    assert column.ks <= exact <= column.ks + column.ks_error


def test_the_index_is_its_definition():
    """The sum of (q - p) ln(q / p), here by hand; it is symmetric, and 0 for equal shares."""
    old, new = np.array([50.0, 30.0, 20.0]), np.array([2.0, 5.0, 3.0])
    wanted = (0.2 - 0.5) * math.log(0.2 / 0.5) + (0.5 - 0.3) * math.log(0.5 / 0.3)
    wanted += (0.3 - 0.2) * math.log(0.3 / 0.2)
    assert stability_index(old, new) == pytest.approx(wanted, rel=1e-14)
    assert stability_index(new, old) == pytest.approx(wanted, rel=1e-14)
    assert stability_index(old, old * 7) == 0


def test_numbers_are_compared_over_tenths_of_the_reference(tmp_path):
    """The index is the definition over deciles computed with NumPy."""
    rng = np.random.default_rng(1)
    old, new = rng.standard_normal(1000), rng.normal(0.5, 1, 700)
    result = _detect(tmp_path, pd.DataFrame({"x": old}), pd.DataFrame({"x": new}))
    edges = np.sort(old)[[k * 100 - 1 for k in range(1, 10)]]
    parts = [np.bincount(np.searchsorted(edges, side), minlength=10) for side in (old, new)]
    p, q = (part / part.sum() for part in parts)
    assert result.columns[0].psi == pytest.approx(float(((q - p) * np.log(q / p)).sum()), rel=1e-12)
    assert result.drifted == ["x"]


def test_texts_are_compared_by_value(tmp_path):
    """The index of texts is the definition over their values; a new value counts."""
    result = _detect(tmp_path, pd.DataFrame({"t": list("aaab")}), pd.DataFrame({"t": list("abbc")}))
    p, q = np.array([0.75, 0.25, 1e-4]), np.array([0.25, 0.5, 0.25])
    (column,) = result.columns
    assert column.psi == pytest.approx(float(((q - p) * np.log(q / p)).sum()), rel=1e-12)
    assert column.ks is None


def test_equal_tables_have_not_drifted(tmp_path):
    """A table compared with itself has index and distance 0 in every column."""
    times = pd.to_datetime(["2020-01-01", "2021-01-01", None])
    frame = pd.DataFrame({"x": [1.0, None, 3.0], "t": ["a", "b", None], "when": times})
    result = _detect(tmp_path, frame, frame)
    assert [(c.psi, c.ks, c.missing) for c in result.columns] == [
        (0, 0, 0),
        (0, None, 0),
        (0, 0, 0),
    ]
    assert (result.drifted, result.metrics["max_psi"]) == ([], 0.0)


def test_reports_show_names_as_text(tmp_path):
    """A column named like a script is text in both reports."""
    frame = pd.DataFrame({"<script>|x": [1.0]})
    _detect(tmp_path, frame, frame)
    assert "<script>" not in (tmp_path / "report.html").read_text()
    assert "&lt;script&gt;\\|x" in (tmp_path / "report.md").read_text()


@pytest.mark.parametrize(
    ("new", "options", "message"),
    [
        (pd.DataFrame({"x": []}, dtype=float), {}, "current must have rows"),
        (pd.DataFrame({"x": ["a"]}), {"columns": ["x"]}, "columns must have one type in both"),
        (pd.DataFrame({"z": [1.0]}), {"columns": ["x"]}, "columns must name columns of both"),
        (pd.DataFrame({"x": [1.0]}), {"psi_threshold": 0.0}, "psi_threshold must be above 0"),
    ],
)
def test_what_cannot_be_compared_is_refused(tmp_path, new, options, message):
    """The message says what is wrong, and no report is written."""
    with pytest.raises(DataError, match=message):
        _detect(tmp_path, pd.DataFrame({"x": [1.0]}), new, **options)
    assert {path.name for path in tmp_path.iterdir()} == {"old", "new"}


def test_columns_without_values_are_no_drift(tmp_path):
    """A column that is null on one side has no index, and metrics stay finite."""
    new = pd.DataFrame({"x": pd.Series([None, None], dtype=float)})
    result = _detect(tmp_path, pd.DataFrame({"x": [1.0]}), new)
    assert (result.columns[0].psi, result.columns[0].missing, result.drifted) == (None, 1.0, [])
    assert all(map(math.isfinite, result.metrics.values()))


def test_the_threshold_itself_is_no_drift(tmp_path):
    """A column has drifted if its index is above the threshold, not if it equals it."""
    frames = pd.DataFrame({"x": [1, 2, 3, 4]}), pd.DataFrame({"x": [1, 1, 2, 4]})
    index = _detect(tmp_path, *frames).columns[0].psi
    assert index > 0
    assert _detect(tmp_path, *frames, psi_threshold=index).drifted == []
    assert _detect(tmp_path, *frames, psi_threshold=np.nextafter(index, 0)).drifted == ["x"]


def test_the_50_columns_that_moved_most_are_in_the_metrics(tmp_path):
    """Of 60 columns those with the largest index; the others are in the report alone."""
    old = pd.DataFrame({f"c{n:02}": range(100) for n in range(60)})
    new = pd.DataFrame({f"c{n:02}": range(n, 100 + n) for n in range(60)})
    result = _detect(tmp_path, old, new)
    ordered = sorted(result.columns, key=lambda column: -column.psi)
    wanted = {column.name for column in ordered[:50]}
    metrics = result.metrics
    assert {name for name in metrics if name.startswith("psi/")} == {f"psi/{n}" for n in wanted}
    assert {name for name in metrics if name.startswith("ks/")} == {f"ks/{n}" for n in wanted}
