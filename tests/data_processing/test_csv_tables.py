"""Tests of kfp_component_lib.data_processing.csv_tables against other readers of CSV."""

import bz2
import csv
import gzip
import io
import math
import re
import threading

import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kfp_component_lib.data_processing import csv_tables
from kfp_component_lib.data_processing.csv_tables import open_csv
from kfp_component_lib.data_processing.read_options import ReadOptions
from kfp_component_lib.errors import DataError

# The blocks together must have the types and values that pyarrow finds in the whole file.
_CSV = {
    "integers": b"a,b\n" + b"1,20\n-3,\n" * 20,
    "numbers": b"a,b\n0.5,1\nnan,\n-1e300,NA\n" * 1 + b"0.1,2\n" * 30,
    "booleans": b"a,b\n" + b"true,False\n,true\n" * 20,
    "times": b"d,t,z,h\n" + b"2020-01-02,2020-01-02 03:04:05,2020-01-02T03:04:05Z,03:04:05\n" * 20,
    "texts": b"a,b\n" + "ä€,x\n".encode() * 30,
    "mark of UTF-8": b"\xef\xbb\xbfa,b\n" + b"1,2\n" * 30,
    "null only": b"a,b\n" + b",1\n" * 40,
    "carriage returns and line feeds": b"a,b\r\n" + b"1,2\r\n" * 30,
    "carriage returns": b"a,b\r" + b"1,2\r" * 30,
    "no line break at the end": b"a,b\n" + b"1,2\n" * 30 + b"3,4",
    "lines without content": b"a,b\n" + b"1,2\n\n\n" * 20 + b"\n" * 3000 + b"1,2\n",
    "quotes": b"a,b\n" + b'"x,y","say ""hi"""\n' * 20,
    "an inch": b"a,b\n" + b'5" x,1\n' * 20,
    "a long line": b"a,b\n" + b"1,x\n" * 30 + b"2," + b"y" * 70 + b"\n" + b"1,x\n" * 30,
    "names only": b"a,b\n",
}


@pytest.fixture(params=[(64, 128, 1024), (100, 1000, 5000)])
def small(request, monkeypatch):
    """Let a block have only a few lines."""
    monkeypatch.setattr(csv_tables, "_BLOCK_BYTES", request.param)


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("stated", [None, ";", ","])
def test_a_line_for_excel_is_named(tmp_path, delimiter, stated):
    """The first line `sep=;` is no name of a column, whatever delimiter is stated."""
    lines = [f"sep={delimiter}", delimiter.join("ab"), delimiter.join("12")]
    (tmp_path / "data").write_text("\n".join(lines))
    message = f"got {f'sep={delimiter}'!r}. Remove this line, and state {delimiter!r} as delimiter"
    with pytest.raises(DataError, match=re.escape(message)):
        _read(tmp_path / "data", **({"delimiter": stated} if stated else {}))


@pytest.mark.parametrize(
    ("kind", "text"), [("float64", "1e400"), ("float64", "-1e999"), ("float32", "1e39")]
)
def test_numbers_beyond_a_stated_type_are_refused(tmp_path, kind, text):
    """They would be infinity without a word; the text inf is infinity."""
    (tmp_path / "data").write_text("t,a\nx,1.5\ny,inf\nz,-inf\n")
    types = {"column_types": {"a": kind}}
    assert _read(tmp_path / "data", **types)["a"].to_pylist() == [1.5, math.inf, -math.inf]
    (tmp_path / "data").write_text(f"t,a\nx,1.5\ny,inf\nz,{text}\n")
    with pytest.raises(DataError, match=rf"column_types'\] must be types that hold .*got '{text}'"):
        _read(tmp_path / "data", **types)


def _read(path, **options):
    with open_csv(path, ReadOptions(**options)) as (schema, batches):
        return pa.Table.from_batches(batches, schema)


@pytest.mark.parametrize("name", _CSV)
def test_blocks_are_the_table_that_pyarrow_reads(tmp_path, small, name):
    """Wherever blocks end, types and values are those that pyarrow finds in the whole file."""
    (tmp_path / "data").write_bytes(_CSV[name])
    wanted = pyarrow.csv.read_csv(tmp_path / "data")
    found = _read(tmp_path / "data")
    assert found.schema == wanted.schema
    for mine, theirs in zip(found.columns, wanted.columns, strict=True):
        # NaN is not equal to itself.
        assert str(mine.to_pylist()) == str(theirs.to_pylist())


_CELL = st.text(st.sampled_from('ab,"\n\r;é 1'), max_size=12)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(
    rows=st.lists(st.tuples(_CELL, _CELL), min_size=1, max_size=60),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_blocks_cut_no_value(tmp_path_factory, monkeypatch, rows, end):
    """Values with line breaks, written by Python's csv, are read unchanged wherever blocks end."""
    monkeypatch.setattr(csv_tables, "_BLOCK_BYTES", (64, 512, 8192))
    path = tmp_path_factory.mktemp("csv") / "data"
    text = io.StringIO()
    csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([("p", "q"), *rows])
    path.write_bytes(text.getvalue().encode())
    found = _read(path, column_types={"p": "string", "q": "string"})
    assert [(r["p"] or "", r["q"] or "") for r in found.to_pylist()] == rows


def test_a_value_of_several_lines_at_the_end_of_a_block_is_one_value(tmp_path):
    """A quoted line break does not end a row, even where a block of one mebibyte would end."""
    quoted = "\n".join("y" * 22)
    rows = ["a," + "x" * 97] * 10_485 + [f'b,"{quoted}"'] + ["a,x"] * 10
    (tmp_path / "data").write_text("p,q\n" + "\n".join(rows) + "\n")
    found = _read(tmp_path / "data")
    assert found.num_rows == 10_496
    assert found["q"][10_485].as_py() == quoted


@pytest.mark.parametrize("row", [1, 300_000])
def test_a_long_cell_is_read_wherever_it_is(tmp_path, row):
    """A cell of six mebibytes is read, whether it is in the second row or in a late one."""
    lines = ["1,x"] * row + ["2," + "z" * (6 << 20)] + ["3,x"] * 3
    (tmp_path / "data").write_text("a,b\n" + "\n".join(lines) + "\n")
    found = _read(tmp_path / "data")
    assert found.num_rows == row + 4
    assert len(found["b"][row].as_py()) == 6 << 20


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-2"], pa.int64()),
        (["00501", "1"], pa.string()),
        (["18446744073709551615", "1"], pa.uint64()),
        (["18446744073709551615", "-1"], pa.string()),
        (["18446744073709551616"], pa.string()),
        (["9007199254740993", "1"], pa.int64()),
        (["9007199254740993", "1.5"], pa.string()),
        (["1", "2.5"], pa.float64()),
        (["1", "1e5", "inf", ".5"], pa.float64()),
        (["1e400", "1"], pa.string()),
        (["+5"], pa.string()),
        (["+491701234567", "5"], pa.string()),
        (["0x10"], pa.string()),
        (["00.5"], pa.string()),
        (["true", "False"], pa.bool_()),
        (["true", "1"], pa.string()),
        (["2020-01-01", "2020-01-02"], pa.date32()),
        (["2020-01-01", "2020-01-02 03:04:05"], pa.timestamp("s")),
        (["2020-01-01", "2020-01-02 03:04:05.25"], pa.timestamp("us")),
        (["2020-01-01T00:00:00Z", "2020-01-01T00:00:00+02:00"], pa.timestamp("s", "UTC")),
        (["2020-01-01T00:00:00Z", "2020-01-01T00:00:00"], pa.string()),
        (["12:30", "12:30:05"], pa.time32("s")),
        (["25:30"], pa.string()),
        (["NA", "1"], pa.int64()),
        (["NA", "x"], pa.string()),
        (["NA"], pa.string()),
        ([""], pa.null()),
    ],
)
@pytest.mark.parametrize("far", [False, True])
def test_a_type_is_that_of_all_values_and_loses_nothing(tmp_path, small, values, kind, far):
    """The type of a column depends on all of its values, including those after the first block."""
    lines = values[:1] * (200 if far else 1) + values[1:]
    (tmp_path / "data").write_text("a,b\n" + "".join(f"{line},1\n" for line in lines))
    assert _read(tmp_path / "data").schema.field("a").type == kind


def test_an_empty_cell_is_null_in_every_column(tmp_path):
    """An empty cell is null, quoted or not; NA is null only in columns that are not texts."""
    (tmp_path / "data").write_text('t,n,m\n"",,1\nNA,NA,2\n,"",3\n')
    assert _read(tmp_path / "data").to_pydict() == {
        "t": [None, "NA", None],
        "n": [None, "NA", None],
        "m": [1, 2, 3],
    }
    assert _read(tmp_path / "data", null_values=["NA"])["t"].to_pylist() == [None] * 3


@pytest.mark.parametrize(
    ("content", "options", "table"),
    [
        (b"a;b\n1,5;x\n", {"delimiter": ";", "decimal": ","}, {"a": [1.5], "b": ["x"]}),
        (b"a\tb\n1\tx\n", {"delimiter": "\t"}, {"a": [1], "b": ["x"]}),
        (b"a,b\n'1,5',x\n", {"quote": "'"}, {"a": ["1,5"], "b": ["x"]}),
        (b'a,b\n"x,1\n', {"quote": ""}, {"a": ['"x'], "b": [1]}),
        ("a,b\né,1\n".encode("latin-1"), {"encoding": "latin-1"}, {"a": ["é"], "b": [1]}),
        ("a,b\né,1\n".encode("utf-16"), {"encoding": "utf-16"}, {"a": ["é"], "b": [1]}),
        (b"1,x\n2,y\n", {"header": False}, {"f0": [1, 2], "f1": ["x", "y"]}),
        (b"1,x\n", {"header": False, "column_names": ["p", "q"]}, {"p": [1], "q": ["x"]}),
        (b"a,b\n1,x\n", {"column_names": ["p", "q"]}, {"p": [1], "q": ["x"]}),
        (b"a,b\n01,-\n", {"column_types": {"a": "string"}, "null_values": ["-"]},
         {"a": ["01"], "b": [None]}),
        (b"a,b\n01,2\n", {"column_types": {"a": "int8", "b": "decimal128(5, 2)"}},
         {"a": [1], "b": [2]}),
        (b",a\n0,1\n", {"drop": [""]}, {"a": [1]}),
        (b"a,b,c\n1,2,3\n", {"columns": ["c", "a"]}, {"c": [3], "a": [1]}),
        (b"a;b\nx;y\n", {"column_names": ["whole"]}, {"whole": ["x;y"]}),
        (b"a,b", {}, {"a": [], "b": []}),
        (b"a,b\n", {}, {"a": [], "b": []}),
    ],
)  # fmt: skip
def test_what_is_stated_counts(tmp_path, content, options, table):
    """Each option takes effect, alone or together with others."""
    (tmp_path / "data").write_bytes(content)
    assert _read(tmp_path / "data", **options).to_pydict() == table


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"a,b\n1,2\n3\n", {}, "Row #3: Expected 2 columns, got 1: 3"),
        (b"a,b\n1,2\n3,4,5\n", {}, "Row #3: Expected 2 columns, got 3"),
        (b"a,b\n1,2\n3,x\n", {"column_types": {"b": "int64"}}, "column 'b': Row #3: .* value 'x'"),
        (b"a,b\n1,300\n", {"column_types": {"b": "int8"}}, "column 'b': Row #2: .* value '300'"),
        (b"a,b\n1,2\n", {"column_types": {"b": "float16"}}, "not supported"),
        (b"a,b\n1,2\n", {"column_types": {"c": "int8"}}, r"column_types'\] must name columns"),
        (b"a,b\n1,2\n", {"drop": ["c"]}, r"drop'\] must name columns that occur once, got 'c'"),
        (b"a;b\n1;2\n", {}, r"delimiter'\] must be .* got ','. State ';', which makes .*'a', 'b'"),
        (b"a;b\n1,5;2,5\n", {}, "State ';'"),
        (b"a,b\n1,2\n", {"delimiter": "\t"}, "State ','"),
        (b"a\tb\n1\t2\n", {}, r"State '\\t'"),
        (b"a,b\nx,\xff\n", {}, "column 'b': Row #2: .* invalid UTF8"),
        (b"\xff,b\nx,1\n", {}, "intact csv file"),
        (b"a,b\nx,1\n", {"encoding": "utf-16"}, "intact csv file"),
        (b'a\n"1\n2\n', {}, "a quote is never closed"),
        (b'a,b\n1,"2\n3\n', {}, "a quote is never closed"),
        (b'a,b\n1,"2\n3\n', {"column_types": dict.fromkeys("ab", "string")}, "never closed"),
        (b",a\n0,1\n", {}, r"name every column, got \['', 'a'\]"),
        (b"a,b\n1,2\n", {"column_names": ["p"]}, r"column_names'\] must be 2 names, got \['p'\]"),
        (b"", {}, "Empty CSV file"),
        (
            b"\xef\xbb\xbfa,b\n1,2\n",
            {"encoding": "cp1252"},
            r"encoding'\] must be that of the file, which begins with the byte order mark of UTF-8, got 'cp1252'",
        ),
        (gzip.compress(b"a,b\n1,2\n" * 9999)[:-20], {}, "intact csv file.*Truncated"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(tmp_path, content, options, message):
    """The message names the row and the column if they are known, and the option to state."""
    (tmp_path / "data").write_bytes(content)
    with pytest.raises(DataError, match=message):
        _read(tmp_path / "data", **options)


def test_a_row_that_fits_in_no_block_is_refused(tmp_path, monkeypatch):
    """A row that exceeds the largest block is refused, as memory would have to hold all of it."""
    monkeypatch.setattr(csv_tables, "_BLOCK_BYTES", (64, 512))
    (tmp_path / "data").write_bytes(b"a,b\n1,2\n1," + b"x" * 5000 + b"\n1,2\n" * 500)
    with pytest.raises(DataError, match="a row has more than 512 bytes"):
        _read(tmp_path / "data")


def test_names_that_occur_twice_have_one_type(tmp_path):
    """Columns of the same name stay separate, with one type that holds the values of both."""
    (tmp_path / "data").write_bytes(b"a,a\n1,x\n2,y\n")
    found = _read(tmp_path / "data")
    assert [column.to_pylist() for column in found.columns] == [["1", "2"], ["x", "y"]]


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress])
@pytest.mark.parametrize("name", ["data", "data.csv"])
def test_compressed_text_is_read_whatever_its_name(tmp_path, compress, name):
    """Compression is detected by the content, as the names of artifacts have no extension."""
    half = b"1,20\n" * 1000
    (tmp_path / name).write_bytes(compress(b"a,b\n" + half) + compress(half))
    assert _read(tmp_path / name).num_rows == 2000


def test_no_thread_is_left_when_reading_ends_early(tmp_path):
    """If reading stops after the first batch, no thread is left behind."""
    (tmp_path / "data").write_bytes(b"a\n" + b"1\n" * 1_000_000)
    before = threading.enumerate()
    with open_csv(tmp_path / "data", ReadOptions()) as (_, batches):
        next(iter(batches))
    assert threading.enumerate() == before
