"""Tests of kfp_component_lib.evaluation.drift against scipy and the definitions."""

import html
import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from kfp_component_lib.errors import DataError
from kfp_component_lib.evaluation.drift import Thresholds, detect_drift
from kfp_component_lib.tables import blocks

_FLOATS = st.lists(st.floats(-10, 10), min_size=1, max_size=80)


def _detect(folder, old, new, **options):
    for name, table in (("old", old), ("new", new)):
        table = (
            table
            if isinstance(table, pa.Table)
            else pa.Table.from_pandas(table, preserve_index=False)
        )
        pq.write_table(table, folder / name)
    paths = [folder / name for name in ("old", "new", "report.md", "report.html")]
    return detect_drift(*paths, **options)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(_FLOATS, _FLOATS)
def test_the_distance_is_that_of_scipy(tmp_path_factory, old, new):
    """With up to 8192 different values the KS distance equals SciPy's, with ties."""
    folder = tmp_path_factory.mktemp("drift")
    result = _detect(folder, pd.DataFrame({"x": old}), pd.DataFrame({"x": new}))
    (column,) = result.columns
    assert column.ks == pytest.approx(stats.ks_2samp(old, new, method="asymp").statistic, abs=1e-12)
    assert column.ks_error == 0


def test_the_distance_of_many_values_is_within_its_error(tmp_path):
    """With more than 8192 different values the error of the distance is at most ks_error."""
    rng = np.random.default_rng(0)
    old, new = rng.standard_normal(50_000), rng.normal(0.1, 1.1, 40_000)
    result = _detect(tmp_path, pd.DataFrame({"x": old}), pd.DataFrame({"x": new}))
    (column,) = result.columns
    exact = stats.ks_2samp(old, new).statistic
    assert 0 < column.ks_error < 0.01
    assert column.ks <= exact <= column.ks + column.ks_error


def test_numbers_are_compared_over_tenths_of_the_reference(tmp_path):
    """The index equals its definition over deciles and the outside, as computed with NumPy."""
    rng = np.random.default_rng(1)
    old, new = rng.standard_normal(1000), rng.normal(0.5, 1, 700)
    result = _detect(tmp_path, pd.DataFrame({"x": old}), pd.DataFrame({"x": new}))
    ordered = np.sort(old)
    edges = [ordered[0] - 1e-9, *ordered[[k * 100 - 1 for k in range(1, 10)]], ordered[-1]]
    parts = [np.bincount(np.searchsorted(edges, side), minlength=12) for side in (old, new)]
    floors = [1 / 1001, *[1e-4] * 10, 1 / 1001]
    p, q = (np.maximum(part / part.sum(), floors) for part in parts)
    assert result.columns[0].psi == pytest.approx(float(((q - p) * np.log(q / p)).sum()), rel=1e-12)
    assert result.drifted == ["x"]


def test_texts_are_compared_by_value(tmp_path):
    """The index of texts equals its definition over their values; a new value counts."""
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


_RANDOM = np.random.default_rng(2)
_ZEROS = np.where(_RANDOM.random(2000) < 0.6, 0.0, _RANDOM.uniform(1, 10, 2000))
_NORMAL = _RANDOM.standard_normal(2000)
_TEXTS = pa.array(_RANDOM.choice(["a", "b"], 2000))
_MOVED = {
    "zeros become -999": (_ZEROS, np.where(_ZEROS == 0, -999.0, _ZEROS)),
    "zeros in the middle become others": (_ZEROS - 1, np.where(_ZEROS == 0, -0.5, _ZEROS) - 1),
    "the lowest tenth becomes -1e9": (
        _NORMAL,
        np.where(_NORMAL < np.quantile(_NORMAL, 0.1), -1e9, _NORMAL),
    ),
    "the highest tenth becomes 1e9": (
        _NORMAL,
        np.where(_NORMAL > np.quantile(_NORMAL, 0.9), 1e9, _NORMAL),
    ),
    "all null": (_NORMAL, pa.nulls(2000, pa.float64())),
    "all null, of type null": (_NORMAL, pa.nulls(2000)),
    "all were null": (pa.nulls(2000), _NORMAL),
    "all NaN": (_NORMAL, np.full(2000, np.nan)),
    "all infinite": (_NORMAL, np.full(2000, np.inf)),
    "infinite otherwise": (np.full(2000, np.inf), np.full(2000, -np.inf)),
    "a constant becomes another": (np.full(2000, 0.1), np.full(2000, 0.2)),
    "half of the texts null": (_TEXTS, pa.array([None, "a", None, "b"] * 500)),
    "all texts null": (_TEXTS, pa.nulls(2000, pa.string())),
    "booleans turn": (pa.array([True] * 20), pa.array([False] * 20)),
    "lists become null": (pa.array([[1]] * 20), pa.array([None] * 20, pa.list_(pa.int64()))),
    "a text of few values becomes one of many": (
        pa.array(["a", "b", "c"] * 5000),
        pa.array([f"v{n}" for n in range(15_000)]),
    ),
    "a text of many values becomes one of few": (
        pa.array([f"v{n}" for n in range(15_000)]),
        pa.array(["a", "b", "c"] * 5000),
    ),
    "a number becomes a text": (_NORMAL, _TEXTS),
    "a time becomes a number": (pa.array(range(9), pa.timestamp("s")), pa.array(range(9))),
    "an instant becomes a duration": (
        pa.array(range(9), pa.timestamp("s")),
        pa.array(range(9), pa.duration("s")),
    ),
    "a boolean becomes a text": (pa.array([True]), pa.array(["True"])),
    "lists of other values": (pa.array([[1]]), pa.array([["a"]])),
}


@pytest.mark.parametrize("change", _MOVED)
def test_a_change_is_never_called_none(tmp_path, change):
    """Whatever happens to a column, it has drifted, for a reason that both reports state."""
    old, new = (pa.table({"x": side}) for side in _MOVED[change])
    result = _detect(tmp_path, old, new)
    assert (result.drifted, result.metrics["drifted_columns"]) == (["x"], 1)
    assert all(map(math.isfinite, result.metrics.values()))
    (reason, *_) = result.columns[0].reasons
    assert html.escape(reason) in (tmp_path / "report.html").read_text()


def test_reports_begin_with_what_has_moved_most(tmp_path):
    """Columns that have drifted come first, and among them those with the largest PSI."""
    rng = np.random.default_rng(0)
    old = {name: rng.standard_normal(500) for name in ("same", "little", "much")}
    moved = {"same": old["same"], "little": old["little"] + 1, "much": old["much"] + 3}
    _detect(tmp_path, pd.DataFrame(old), pd.DataFrame(moved))
    report = (tmp_path / "report.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip() for line in report.splitlines() if line.startswith("| ")]
    assert [name for name in rows if name in old] == ["much", "little", "same"]


_INSTANTS = [0, 86_400, 86_400 * 365, 86_400 * 20_000, None] * 40
_STORED = {
    "units": [pa.array(_INSTANTS, pa.timestamp("s")).cast(pa.timestamp(u)) for u in ("ms", "ns")],
    "dates": [
        pa.array(_INSTANTS, pa.timestamp("s", "UTC")).cast(k)
        for k in (pa.date32(), pa.timestamp("us"))
    ],
    "times of day": [
        pa.array(range(99), pa.time32("s")),
        pa.array(range(99), pa.time32("s")).cast(pa.time64("ns")),
    ],
    "durations": [
        pa.array(range(99), pa.duration("s")),
        pa.array(range(99), pa.duration("s")).cast(pa.duration("us")),
    ],
    "integers and doubles": [pa.array([1, 2, 3, None] * 20), pa.array([1.0, 2.0, 3.0, None] * 20)],
    "integers and nullable doubles": [
        pa.array([1, 2, 3, 4] * 20, pa.uint8()),
        pa.array([1.0, 2.0, 3.0, 4.0] * 20),
    ],
    "widths": [pa.array([1, 2, 3, 4] * 20, pa.uint8()), pa.array([1, 2, 3, 4] * 20)],
    "unsigned": [pa.array([1, 2, 3, 4] * 20, pa.uint64()), pa.array([1, 2, 3, 4] * 20)],
    "decimals": [
        pa.array([1, 2, 3, 4] * 20).cast(pa.decimal128(21, 2)),
        pa.array([1, 2, 3, 4] * 20),
    ],
    "texts": [_TEXTS, _TEXTS.cast(pa.large_string())],
    "bytes": [_TEXTS, _TEXTS.cast(pa.binary())],
    "bytes of one size": [_TEXTS.cast(pa.binary()), _TEXTS.cast(pa.binary()).cast(pa.binary(1))],
    "dictionaries": [_TEXTS, _TEXTS.dictionary_encode()],
    "numbers in dictionaries": [
        pa.array([1, 2, 3] * 9).dictionary_encode(),
        pa.array([1.0, 2.0, 3.0] * 9),
    ],
}


@pytest.mark.parametrize("stored", _STORED)
@pytest.mark.parametrize("turned", [False, True])
def test_storage_is_no_drift(tmp_path, stored, turned):
    """The same values in another type have index and distance 0, in either direction."""
    old, new = (pa.table({"x": side}) for side in _STORED[stored][:: -1 if turned else 1])
    result = _detect(tmp_path, old, new)
    (column,) = result.columns
    assert (column.psi, column.ks or 0, column.missing, result.drifted) == (0, 0, 0, [])


def test_times_beyond_a_finer_unit_keep_their_order(tmp_path):
    """The year 9999 in microseconds is later than anything that nanoseconds can hold."""
    far = 253_370_764_800 * 10**6
    old = pa.array([far, 0, 10**15, far], pa.timestamp("us"))
    new = pa.array([0, 10**18, 2 * 10**18, 3 * 10**18], pa.timestamp("ns"))
    result = _detect(tmp_path, pa.table({"x": old}), pa.table({"x": new}))
    assert result.columns[0].ks == 0.5


def test_columns_that_come_and_go_have_drifted(tmp_path):
    """A column that one table lacks is reported as added or removed, and can be left out."""
    old = pd.DataFrame({"x": [1.0, 2.0], "gone": [1, 2]})
    new = pd.DataFrame({"x": [1.0, 2.0], "came": [1, 2]})
    result = _detect(tmp_path, old, new)
    assert {c.name: c.change for c in result.columns} == {
        "x": "",
        "gone": "removed",
        "came": "added",
    }
    assert result.drifted == ["gone", "came"]
    counts = [result.metrics[f"{what}_columns"] for what in ("added", "removed", "retyped")]
    assert counts == [1, 1, 0]
    assert _detect(tmp_path, old, new, columns=["x"]).drifted == []
    assert _detect(tmp_path, old, new, columns=["gone", "gone"]).drifted == ["gone"]


@pytest.mark.parametrize(
    ("thresholds", "reasons"),
    [
        ({"psi": 9.0}, ["missing changed by more than 0.1"]),
        ({"psi": 9.0, "missing": 0.3}, []),
        ({"psi": 9.0, "missing": 1.0, "ks": 0.2}, ["KS above 0.2"]),
        ({"psi": 9.0, "missing": 1.0, "ks": 0.3}, []),
        ({"psi": 0.1, "missing": 1.0}, ["PSI above 0.1"]),
    ],
)
def test_each_threshold_decides_for_itself(tmp_path, thresholds, reasons):
    """Each threshold alone can decide: of the index, the distance or the missing values."""
    old, new = [0.0, 1.0, 2.0, 3.0] * 5, [0.0, 1.0, 2.0, np.nan] * 5
    tables = (pd.DataFrame({"x": side}) for side in (old, new))
    result = _detect(tmp_path, *tables, thresholds=Thresholds(**thresholds))
    assert list(result.columns[0].reasons) == reasons


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.sampled_from([0.0, 1.5, -2.0, math.inf, -math.inf, math.nan]), min_size=1, max_size=30
    ),
    st.lists(
        st.sampled_from([0.0, 1.5, -2.0, math.inf, -math.inf, math.nan]), min_size=1, max_size=30
    ),
    st.integers(1, 20),
)
def test_infinite_values_have_a_place(tmp_path_factory, monkeypatch, old, new, block):
    """With infinite values the distance is SciPy's; parts add up to 1 in any block size."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    folder = tmp_path_factory.mktemp("drift")
    result = _detect(folder, pd.DataFrame({"x": old}), pd.DataFrame({"x": new}))
    present = [[v for v in side if v == v] for side in (old, new)]
    if not all(present):
        assert result.columns[0].ks is None
        return
    ordered = [np.searchsorted([-math.inf, -2, 0, 1.5, math.inf], side) for side in present]
    wanted = stats.ks_2samp(*ordered, method="asymp").statistic
    assert result.columns[0].ks == pytest.approx(wanted, abs=1e-12)


def test_reports_show_names_as_text(tmp_path):
    """A column name that looks like a script is shown as text in both reports."""
    frame = pd.DataFrame({"<script>|x": [1.0]})
    _detect(tmp_path, frame, frame)
    assert "<script>" not in (tmp_path / "report.html").read_text()
    assert "&lt;script&gt;\\|x" in (tmp_path / "report.md").read_text()


@pytest.mark.parametrize(
    ("new", "options", "message"),
    [
        ({"x": pa.array([], pa.float64())}, {}, "current must have rows"),
        ({"z": [1.0]}, {"columns": ["y"]}, "columns must name columns of the datasets, got 'y'"),
    ],
)
def test_what_cannot_be_compared_is_refused(tmp_path, new, options, message):
    """The message states the problem, and no report is written."""
    with pytest.raises(DataError, match=message):
        _detect(tmp_path, pa.table({"x": [1.0]}), pa.table(new), **options)
    assert {path.name for path in tmp_path.iterdir()} == {"old", "new"}


@pytest.mark.parametrize(
    ("thresholds", "message"),
    [
        ({"psi": 0.0}, "psi_threshold must be above 0 and finite, got 0.0"),
        ({"psi": math.nan}, "psi_threshold must be above 0"),
        ({"ks": 1.5}, "ks_threshold must be above 0 and at most 1, got 1.5"),
        ({"missing": -0.1}, "missing_threshold must be above 0"),
    ],
)
def test_what_is_no_threshold_is_refused(thresholds, message):
    """A threshold that nothing or everything would exceed is refused."""
    with pytest.raises(DataError, match=message):
        Thresholds(**thresholds)


@pytest.mark.parametrize(
    ("what", "old", "new"),
    [
        ("psi", [1, 2, 3, 4], [1, 1, 2, 4]),
        ("ks", [1, 2, 3, 4], [1, 1, 2, 4]),
        ("missing", [1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, None]),
    ],
)
def test_a_threshold_itself_is_no_drift(tmp_path, what, old, new):
    """A column has drifted if a value is above its threshold, not if it equals it."""
    frames, never = (pd.DataFrame({"x": old}), pd.DataFrame({"x": new})), 1e9
    others = {"psi": never, "ks": 1.0, "missing": 1.0}
    figure = getattr(_detect(tmp_path, *frames).columns[0], what)
    assert figure > 0
    at, below = (Thresholds(**others | {what: figure * share}) for share in (1, 1 - 1e-9))
    assert _detect(tmp_path, *frames, thresholds=at).drifted == []
    assert _detect(tmp_path, *frames, thresholds=below).drifted == ["x"]


def test_the_50_columns_that_moved_most_are_in_the_metrics(tmp_path):
    """The metrics name the 50 of 60 columns with the largest index; the report names all."""
    old = pd.DataFrame({f"c{n:02}": range(100) for n in range(60)})
    new = pd.DataFrame({f"c{n:02}": range(n, 100 + n) for n in range(60)})
    result = _detect(tmp_path, old, new)
    ordered = sorted(result.columns, key=lambda column: -column.psi)
    wanted = {column.name for column in ordered[:50]}
    assert len(result.columns) == 60
    for what in ("psi", "ks", "missing"):
        found = {name for name in result.metrics if name.startswith(f"{what}/")}
        assert found == {f"{what}/{name}" for name in wanted}
