"""Tests of kfp_component_lib.data_processing.features against scikit-learn."""

import json
import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from kfp_component_lib.data_processing.features import apply_transform, fit_transform_features
from kfp_component_lib.errors import DataError
from kfp_component_lib.tables import blocks


def _frame(n=500):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(5, 3, (n, 2)), columns=["a", "b"])
    frame.loc[rng.random(n) < 0.2, "a"] = np.nan
    frame["t"] = rng.choice(["x", "y", "z"], n)
    frame["label"] = rng.integers(0, 2, n)
    return frame


def _fit(folder, frame, **options):
    frame.to_parquet(folder / "data")
    options = {"keep": ["label"], **options}
    metadata = fit_transform_features(folder / "data", folder / "out", folder / "model", **options)
    return pd.read_parquet(folder / "out"), metadata


@pytest.mark.parametrize("block", [9, 65_536])
@pytest.mark.parametrize("impute", ["mean", "median"])
@pytest.mark.parametrize("scale", ["standard", "minmax", "none"])
def test_numbers_are_those_of_scikit_learn(tmp_path, monkeypatch, block, impute, scale):
    """Imputation and scaling agree with scikit-learn to 1e-12, and ignore missing values."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    frame = _frame()
    out, _ = _fit(tmp_path, frame, impute=impute, scale=scale)
    scaler = {"standard": StandardScaler(), "minmax": MinMaxScaler(), "none": None}[scale]
    filled = SimpleImputer(strategy=impute).fit_transform(frame[["a", "b"]])
    wanted = scaler.fit(frame[["a", "b"]].to_numpy()).transform(filled) if scaler else filled
    np.testing.assert_allclose(out[["a", "b"]], wanted, rtol=1e-12, atol=1e-12)


def test_texts_are_encoded_as_by_scikit_learn(tmp_path):
    """A text column becomes one column per value, in order, after the label, which is kept."""
    frame = _frame()
    out, metadata = _fit(tmp_path, frame)
    assert list(out.columns) == ["label", "a", "b", "t=x", "t=y", "t=z"]
    wanted = OneHotEncoder(sparse_output=False).fit_transform(frame[["t"]])
    np.testing.assert_array_equal(out[["t=x", "t=y", "t=z"]], wanted)
    assert (metadata["rows"], metadata["columns"]) == (500, 6)


def test_values_that_were_not_seen_are_counted(tmp_path, monkeypatch):
    """By column, over all blocks; null is none of them, and columns without any are left out."""
    _fit(tmp_path, _frame().assign(flag=[True, False] * 250))
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 2)
    columns = {"a": [0.0] * 5, "b": [0.0] * 5, "flag": [True] * 5}
    for texts, unseen in ((["new", None, "x", "newer", "new"], {"t": 3}), (["x", None] * 2, {})):
        table = pa.table({**{k: v[: len(texts)] for k, v in columns.items()}, "t": texts})
        pq.write_table(table, tmp_path / "more")
        found = apply_transform(tmp_path / "more", tmp_path / "model", tmp_path / "out")
        assert found["unseen_values"] == unseen
    assert "unseen_values" not in _fit(tmp_path, _frame())[1]


def test_the_column_that_a_table_was_split_by_is_left_out(tmp_path):
    """A time is not a feature, and neither is a number that orders the rows."""
    frame = _frame().assign(day=pd.Timestamp("2024-01-01"))
    assert list(_fit(tmp_path, frame, order_by="day")[0].columns)[:3] == ["label", "a", "b"]
    assert "a" not in _fit(tmp_path, frame.drop(columns="day"), order_by="a")[0].columns
    with pytest.raises(DataError, match="order_by must not be kept as well, got 'label'"):
        _fit(tmp_path, frame, order_by="label")
    with pytest.raises(DataError, match="order_by must name a column that occurs once, got 'no'"):
        _fit(tmp_path, frame, order_by="no")


def test_applying_to_the_same_rows_gives_the_same_table(tmp_path):
    """The transform that was saved to a file gives the same table as the fit."""
    fitted, _ = _fit(tmp_path, _frame())
    apply_transform(tmp_path / "data", tmp_path / "model", tmp_path / "again")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "again"), fitted, check_exact=True)


def test_unknown_and_missing_values_are_no_category(tmp_path):
    """An unknown value and null are 0 in each column of a category; the label may be missing."""
    frame = pd.DataFrame({"t": ["x", "y"], "flag": [True, False], "label": [0, 1]})
    _fit(tmp_path, frame)
    pq.write_table(pa.table({"t": ["new", None], "flag": [None, True]}), tmp_path / "other")
    apply_transform(tmp_path / "other", tmp_path / "model", tmp_path / "out")
    assert pq.read_table(tmp_path / "out").to_pylist() == [
        {"t=x": 0.0, "t=y": 0.0, "flag=False": 0.0, "flag=True": 0.0},
        {"t=x": 0.0, "t=y": 0.0, "flag=False": 0.0, "flag=True": 1.0},
    ]


@pytest.mark.parametrize("scale", ["standard", "minmax"])
@pytest.mark.parametrize("value", [3.0, 0.1, 1 / 3, -1e300, 5e-324])
def test_a_constant_column_becomes_zero(tmp_path, monkeypatch, value, scale):
    """A constant column becomes 0 however its mean is rounded; other values keep their distance."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 37)
    frame = pd.DataFrame({"a": [*[value] * 1000, None], "label": 0})
    out, _ = _fit(tmp_path, frame, scale=scale)
    assert out["a"].tolist() == [0.0] * 1001
    assert json.loads((tmp_path / "model").read_text())["numbers"][0]["scale"] == 1.0
    pq.write_table(pa.table({"a": [value, value + 1]}), tmp_path / "later")
    apply_transform(tmp_path / "later", tmp_path / "model", tmp_path / "applied")
    assert pq.read_table(tmp_path / "applied")["a"].to_pylist() == [0.0, value + 1 - value]


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"impute": "x"}, "impute must be one of"),
        ({}, {"scale": "x"}, "scale must be one of"),
        ({}, {"keep": ["nope"]}, "keep must name a column that occurs once, got 'nope'"),
        ({}, {"impute": "none"}, "no infinite or unfilled values, got \"1 in 'a'\""),
        ({}, {"max_categories": 1}, "at most 1 values in a text column, got \"2 in 't'\""),
        ({}, {"max_categories": 0}, "max_categories must be between 1 and 4096"),
        ({"a": [math.inf, 1.0]}, {}, "data must be finite, got \"1 infinite values in 'a'\""),
        ({"a": [None, None]}, {}, "value in every number column, got 'a'"),
        ({"a": [1e-200, 2e-200]}, {}, "spread that float64 can hold, .* between 1e-200 and 2e-200"),
        ({"a": [1e200, -1e200]}, {}, "spread that float64 can hold"),
        ({"a": [1.7e308, 1.6e308]}, {"scale": "none"}, "mean and a spread that float64 can hold"),
        ({"a": [1e308, -1e308]}, {"scale": "minmax"}, "spread that float64 can hold"),
        ({"when": pd.to_datetime(["2020", "2021"])}, {}, "have numbers and texts, got 'when: time"),
        ({"t=x": [1.0, 2.0]}, {}, "give different names"),
    ],
)
def test_what_cannot_be_learned_is_refused(tmp_path, change, options, message):
    """The message says what is wrong, and nothing is written."""
    frame = pd.DataFrame({"a": [1.0, None], "t": ["x", "y"], "label": [0, 1]})
    frame = frame.assign(
        **{k: pd.Series(v, dtype=None if k != "a" else float) for k, v in change.items()}
    )
    with pytest.raises(DataError, match=message):
        _fit(tmp_path, frame, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"t": ["x"]}, "data must have this column once, got 'a'"),
        ({"a": ["text"], "t": ["x"]}, "have a number column 'a', got 'string'"),
        ({"a": [math.inf], "t": ["x"]}, "no infinite or unfilled values"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path, data, message):
    """The message says what is wrong, and nothing is written."""
    _fit(tmp_path, pd.DataFrame({"a": [1.0, 2.0], "t": ["x", "y"], "label": [0, 1]}))
    pq.write_table(pa.table(data), tmp_path / "other")
    with pytest.raises(DataError, match=message):
        apply_transform(tmp_path / "other", tmp_path / "model", tmp_path / "result")
    assert not (tmp_path / "result").exists()


_NUMBER = {"name": "a", "fill": 0.5, "shift": 1.0, "scale": 2.0}
_STATE = {
    "format": "kfp_component_lib/feature-transform/1",
    "numbers": [_NUMBER],
    "categories": [{"name": "t", "values": ["x", "y"]}],
    "keep": ["label"],
}


def test_a_transform_of_0_1_0_is_read(tmp_path):
    """A transform that release 0.1.0 has written can still be applied."""
    (tmp_path / "model").write_text(json.dumps(_STATE))
    pq.write_table(pa.table({"a": [5.0, None], "t": ["y", "z"]}), tmp_path / "data")
    apply_transform(tmp_path / "data", tmp_path / "model", tmp_path / "out")
    rows = pq.read_table(tmp_path / "out").to_pylist()
    assert rows == [{"a": 2.0, "t=x": 0.0, "t=y": 1.0}, {"a": -0.25, "t=x": 0.0, "t=y": 0.0}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("no json", "must be a JSON file"),
        (b"\xff", "must be a JSON file"),
        ("[" * 100_000, "must be a JSON file"),
        ("[]", "must have the format"),
        ({"format": "kfp_component_lib/feature-transform/2"}, "must have the format"),
        ({"keep": None}, "state .*keep as a list, got None"),
        ({"keep": ["a"]}, r"make each column once, got \['a'\]"),
        ({"keep": [1]}, r"state .*keep\[0\] as a string, got 1"),
        ({"more": 1}, r"state nothing but .*, got \['more'\]"),
        ({"numbers": {}}, "state .*numbers as a list"),
        ({"numbers": [1]}, r"must state .* in numbers\[0\]"),
        ({"numbers": [{"name": "a"}]}, r"must state 'fill', 'scale', 'shift' in numbers\[0\]"),
        ({"numbers": [{**_NUMBER, "scale": 0}]}, "a scale above 0 for every column, got"),
        ({"numbers": [{**_NUMBER, "scale": -1.0}]}, "a scale above 0"),
        (
            {"numbers": [{**_NUMBER, "scale": math.nan}]},
            "state .*scale as a finite number, got nan",
        ),
        ({"numbers": [{**_NUMBER, "shift": math.inf}]}, "state .*shift as a finite number"),
        ({"numbers": [{**_NUMBER, "shift": 10**400}]}, "state .*shift as a finite number"),
        ({"numbers": [{**_NUMBER, "shift": True}]}, "state .*shift as a finite number, got True"),
        ({"numbers": [{**_NUMBER, "fill": "1"}]}, "state .*fill as a finite number or null"),
        ({"numbers": [_NUMBER, _NUMBER]}, "make each column once"),
        (
            {"categories": [{"name": "t", "values": "xy"}]},
            r"state .*values as a list",
        ),
        ({"categories": [{"name": "t", "values": ["x", "x"]}]}, "make each column once"),
        ({"categories": None}, "state .*categories as a list"),
    ],
)
def test_what_is_no_transform_is_refused(tmp_path, content, message):
    """The message says what is wrong with a file that is damaged or not a transform."""
    state = json.dumps({**_STATE, **content}) if isinstance(content, dict) else content
    (tmp_path / "model").write_bytes(state if isinstance(state, bytes) else state.encode())
    pq.write_table(pa.table({"a": [1], "t": ["x"]}), tmp_path / "data")
    with pytest.raises(DataError, match=rf"apply_transform\.transform.*{message}"):
        apply_transform(tmp_path / "data", tmp_path / "model", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_stated_twice_is_refused(tmp_path):
    """JSON in which a name occurs twice is ambiguous, so it is refused."""
    text = json.dumps(_STATE)
    (tmp_path / "model").write_text(text[:-1] + ', "keep": []}')
    pq.write_table(pa.table({"a": [1], "t": ["x"]}), tmp_path / "data")
    with pytest.raises(DataError, match="must state each name once, got 'keep'"):
        apply_transform(tmp_path / "data", tmp_path / "model", tmp_path / "out")


def test_texts_of_any_length_are_learned(tmp_path):
    """Values that differ only after 500 characters have separate columns."""
    texts = ["x" * 500 + "a", "x" * 500 + "b"]
    pq.write_table(pa.table({"t": texts}), tmp_path / "data")
    fit_transform_features(tmp_path / "data", tmp_path / "out", tmp_path / "transform")
    apply_transform(tmp_path / "data", tmp_path / "transform", tmp_path / "applied")
    wanted = {f"t={texts[0]}": [1.0, 0.0], f"t={texts[1]}": [0.0, 1.0]}
    assert pq.read_table(tmp_path / "out").to_pydict() == wanted
    assert pq.read_table(tmp_path / "applied").to_pydict() == wanted
