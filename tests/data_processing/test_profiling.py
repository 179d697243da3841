"""Tests of kfp_component_lib.data_processing.profiling."""

import math
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kfp_component_lib.data_processing.profiling import merge_profiles, profile_table
from kfp_component_lib.errors import DataError
from kfp_component_lib.statistics.storage import read_profile

_BLOCK = 65_536
_NASTY = "<script>alert('x')</script>&\""


class _Page(HTMLParser):
    """Collects the tags, the references and the text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.references, self.text, self.open = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.references += [v for k, v in attrs if k in ("src", "href", "srcset", "data")]
        if tag not in ("meta", "rect", "path", "polyline"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("rect", "path", "polyline"):
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def _profile(folder, table):
    pq.write_table(table, folder / "data")
    metrics = profile_table(folder / "data", folder / "profile", folder / "page.html")
    text = (folder / "page.html").read_text(encoding="utf-8")
    return metrics, text, _Page(text)


def test_names_and_values_are_text(tmp_path):
    """A name or value that is a script is shown as text, and the page has no references."""
    _, _, page = _profile(tmp_path, pa.table({_NASTY: [_NASTY, "b"], "n": [1.0, 2.0]}))
    assert "script" not in page.tags
    assert page.references == []
    assert page.open == []
    assert "".join(page.text).count(_NASTY) == 3


def test_the_metrics_count_what_is_missing(tmp_path):
    """Null and NaN cells, constant columns and infinite values are counted."""
    data = {"a": [1.0, None, math.nan, math.inf], "b": ["x"] * 4}
    metrics, _, _ = _profile(tmp_path, pa.table(data))
    assert metrics == {
        "rows": 4,
        "columns": 2,
        "missing_fraction": 0.25,
        "constant_columns": 1,
        "columns_with_infinite_values": 1,
    }


@pytest.mark.parametrize(
    "table",
    [
        pa.table({}),
        pa.table({"a": pa.array([], pa.float64()), "t": pa.array([], pa.string())}),
        pa.table({"a": pa.array([None, None], pa.timestamp("ns"))}),
        pa.table({"a": [-1.7e308, 1.7e308], "b": [5e-324, 0.0]}),
        pa.table({"a": [[1], []]}),
    ],
    ids=["no columns", "no rows", "no times", "widest", "lists"],
)
def test_odd_tables_have_a_page(tmp_path, table):
    """Every table has a well-formed page and finite metrics."""
    metrics, text, page = _profile(tmp_path, table)
    assert page.open == []
    assert all(math.isfinite(value) for value in metrics.values())
    assert "nan" not in text


def test_times_are_shown_as_times(tmp_path):
    """The page shows the quantiles of a time column as times."""
    times = pa.array([0, 86_400], pa.timestamp("s"))
    _, text, _ = _profile(tmp_path, pa.table({"t": times}))
    assert "1970-01-01 00:00:00" in text
    assert "1970-01-01 12:00:00" in text


def test_huge_values_are_cut(tmp_path):
    """The page does not show a category of 10 MB in full."""
    _, text, _ = _profile(tmp_path, pa.table({"t": ["x" * 10_000_000, "y"]}))
    assert len(text) < 20_000


def _shards(folder, table, borders):
    for n, (start, stop) in enumerate(zip([0, *borders], [*borders, len(table)], strict=True)):
        pq.write_table(table.slice(start, stop - start), folder / f"data{n}")
        profile_table(folder / f"data{n}", folder / f"part{n}", folder / f"page{n}")
    return [folder / f"part{n}" for n in range(len(borders) + 1)]


def _mixed():
    rng = np.random.default_rng(1)
    n_rows = 2 * _BLOCK + 5
    times = datetime(2026, 1, 1, tzinfo=UTC).timestamp() + np.arange(n_rows)
    columns = {
        "number": rng.standard_normal(n_rows),
        "text": [f"<{n % 5000}>" for n in range(n_rows)],
        "time": pa.array((times * 1e6).astype(np.int64)).cast(pa.timestamp("us", "UTC")),
        "code": pa.array([(None, "a", "b")[n % 3] for n in range(n_rows)]).dictionary_encode(),
        "null": pa.nulls(n_rows),
    }
    return pa.table(columns)


@pytest.mark.parametrize("borders", [[], [_BLOCK], [_BLOCK, _BLOCK], [_BLOCK, 2 * _BLOCK]])
def test_merged_shards_are_the_whole(tmp_path, monkeypatch, borders):
    """Profile and page are byte for byte those of the whole table, in any order of the shards."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    table = _mixed()
    (whole,) = _shards(tmp_path, table, [])
    wanted = whole.read_bytes(), (tmp_path / "page0").read_bytes()
    parts = _shards(tmp_path, table, borders)
    for order in (parts, parts[::-1]):
        metrics = merge_profiles(order, tmp_path / "profile", tmp_path / "page")
        assert (tmp_path / "profile").read_bytes() == wanted[0]
        assert (tmp_path / "page").read_bytes() == wanted[1]
    assert metrics["rows"] == len(table)


def test_merged_quantiles_keep_the_error_that_is_stated(tmp_path):
    """Even for uneven shards, quantiles are off by no more than the error that is stated."""
    table = _mixed().select(["number"])
    parts = _shards(tmp_path, table, [10, 70_001])
    merge_profiles(parts, tmp_path / "profile", tmp_path / "page")
    (column,) = read_profile(tmp_path / "profile", "test").columns
    assert 0 < column.quantile_error() < 0.02
    for q in (0.01, 0.25, 0.5, 0.99):
        exact = np.quantile(table["number"], q)
        assert abs(column.quantile(q) - exact) <= column.quantile_error()


def test_a_table_without_columns_is_merged(tmp_path):
    """Profiles without columns can be merged; the result has neither rows nor columns."""
    parts = _shards(tmp_path, pa.table({"a": [1, 2]}).select([]), [])
    metrics = merge_profiles(parts * 2, tmp_path / "profile", tmp_path / "page")
    assert (metrics["rows"], metrics["columns"]) == (0, 0)


def test_what_cannot_be_merged_is_refused(tmp_path):
    """The message says what is wrong: no profile, another file, a damaged one, or other columns."""
    outs = tmp_path / "profile", tmp_path / "page"
    tables = pa.table({"a": [1]}), pa.table({"a": ["x"]})
    parts = [_shards(_folder(tmp_path, name), t, []) for name, t in zip("xy", tables, strict=True)]
    (tmp_path / "cut").write_bytes(parts[0][0].read_bytes()[:-9])
    for sources, rule in (
        ([], "must be at least one"),
        ([tmp_path / "x" / "data0"], "must be a profile"),
        ([tmp_path / "cut"], "must be an intact Parquet file"),
        ([*parts[0], *parts[1]], "must have the columns"),
    ):
        with pytest.raises(DataError, match=rule):
            merge_profiles(sources, *outs)
        assert not any(out.exists() for out in outs)


def _rewrite(path, change):
    """Rewrite a profile after `change` has changed the rows that describe its columns."""
    stored = pq.read_table(path)
    rows = stored.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, stored.schema), path)


_NUMBER, _TEXT = 0, 1
_DAMAGES = {
    "a column less": lambda rows: rows.pop(),
    "another name": lambda rows: rows[_NUMBER].update(name="z"),
    "a negative count": lambda rows: rows[_NUMBER].update(nulls=-1),
    "another number of rows": lambda rows: rows[_NUMBER].update(rows=99),
    "more infinities below than there are": lambda rows: rows[_NUMBER].update(negative_infinite=2),
    "no count": lambda rows: rows[_NUMBER].update(rows=None),
    "half of the moments": lambda rows: rows[_NUMBER]["moments"].pop(),
    "moments of other rows": lambda rows: rows[_NUMBER].update(moments=[2.0, 1.0, 0.0, 0.0, 0.0]),
    "a null among the moments": lambda rows: rows[_NUMBER].update(moments=[None] * 5),
    "bins that do not ascend": lambda rows: rows[_NUMBER]["prefixes"].reverse(),
    "bins without counts": lambda rows: rows[_NUMBER]["bin_counts"].pop(),
    "a negative bin": lambda rows: rows[_NUMBER].update(bin_counts=[-1, 2, 2]),
    "a bin of 2^99": lambda rows: rows[_NUMBER].update(shift=99),
    "another lowest value": lambda rows: rows[_NUMBER].update(lowest=5),
    "another highest value": lambda rows: rows[_NUMBER].update(highest=-5),
    "hashes that repeat": lambda rows: rows[_TEXT].update(hashes=[1, 1]),
    "values without counts": lambda rows: rows[_TEXT].update(value_counts=[3]),
    "values without texts": lambda rows: rows[_TEXT].update(examples=["a"]),
    "more values than rows": lambda rows: rows[_TEXT].update(value_counts=[2, 99]),
}


@pytest.mark.parametrize("damage", _DAMAGES)
def test_a_damaged_profile_is_refused(tmp_path, damage):
    """A profile whose parts contradict each other is refused, and nothing is written."""
    data = pa.table({"n": [1.0, 2.0, 4.0], "t": ["a", "b", "a"]})
    (part,) = _shards(tmp_path, data, [])
    merge_profiles([part], tmp_path / "good", tmp_path / "good.html")
    _rewrite(part, _DAMAGES[damage])
    with pytest.raises(DataError, match=r"merge_profiles\.profiles must .* Take profile_out"):
        merge_profiles([part], tmp_path / "profile", tmp_path / "page")
    assert not (tmp_path / "profile").exists()


@pytest.mark.parametrize(
    "metadata", [{}, {"rows": "x"}, {"schema": "?"}, {"schema": "aGVsbG8="}], ids=str
)
def test_a_profile_that_does_not_say_of_what_is_refused(tmp_path, metadata):
    """A profile is refused if its metadata do not state a valid schema and number of rows."""
    (part,) = _shards(tmp_path, pa.table({"n": [1.0]}), [])
    stored = pq.read_table(part)
    known = (
        {key.decode(): value for key, value in stored.schema.metadata.items()} if metadata else {}
    )
    known |= {f"kfp_component_lib.profile.{name}": value for name, value in metadata.items()}
    pq.write_table(stored.replace_schema_metadata(known), part)
    with pytest.raises(DataError, match="must say what it describes"):
        merge_profiles([part], tmp_path / "profile", tmp_path / "page")


def test_a_profile_of_0_1_0_is_refused_with_advice(tmp_path):
    """A profile of 0.1.0 hashes times in another way, so it must be made again to be merged."""
    (part,) = _shards(tmp_path, pa.table({"n": [1.0]}), [])
    stored = pq.read_table(part)
    pq.write_table(stored.drop_columns(["negative_infinite"]), part)
    with pytest.raises(DataError, match=r"Take profile_out of .*, of this version"):
        merge_profiles([part], tmp_path / "profile", tmp_path / "page")


def _folder(parent, name):
    (parent / name).mkdir()
    return parent / name
