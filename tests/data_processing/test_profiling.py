"""Tests of kfp_component_lib.data_processing.profiling."""

import math
from html.parser import HTMLParser

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kfp_component_lib.data_processing.profiling import profile_table

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
    metrics = profile_table(folder / "data", folder / "page.html")
    text = (folder / "page.html").read_text(encoding="utf-8")
    return metrics, text, _Page(text)


def test_names_and_values_are_text(tmp_path):
    """A column named like a script is shown and not run; no reference leaves the page."""
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
    """Quantiles of a time column are read as times."""
    times = pa.array([0, 86_400], pa.timestamp("s"))
    _, text, _ = _profile(tmp_path, pa.table({"t": times}))
    assert "1970-01-01 00:00:00" in text
    assert "1970-01-01 12:00:00" in text


def test_huge_values_are_cut(tmp_path):
    """A category value of 10 MB does not end up in the page."""
    _, text, _ = _profile(tmp_path, pa.table({"t": ["x" * 10_000_000, "y"]}))
    assert len(text) < 20_000
