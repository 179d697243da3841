"""Files of every type, layout, encoding and fault, which are created with known content."""

import datetime
import gzip
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

N_ROWS = 40
_DAY = datetime.date(2024, 2, 28)
_NOON = datetime.datetime(2024, 2, 28, 12)


def _some(make: Callable[[int], object]) -> list:
    return [None if n % 7 == 0 else make(n) for n in range(N_ROWS)]


_TEXTS = _some(lambda n: f"ä{n % 3}")
COLUMNS = {
    **{
        str(kind): pa.array(_some(lambda n: n), kind)
        for kind in (
            pa.int8(), pa.int16(), pa.int32(), pa.int64(),
            pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(),
            pa.float32(), pa.float64(),
        )
    },
    "long": pa.array(_some(lambda n: 2**62 + n)),
    "unsigned": pa.array(_some(lambda n: 2**64 - 1 - n), pa.uint64()),
    "decimal128": pa.array(_some(lambda n: Decimal(n) / 8), pa.decimal128(20, 3)),
    "decimal256": pa.array(_some(lambda n: Decimal(10) ** 45 + n), pa.decimal256(50, 0)),
    "bool": pa.array(_some(lambda n: n % 3 == 0)),
    "string": pa.array(_TEXTS),
    "large_string": pa.array(_TEXTS, pa.large_string()),
    "dictionary": pa.array(_TEXTS).dictionary_encode(),
    "binary": pa.array(_some(lambda n: bytes([n % 3, 255])), pa.binary()),
    "fixed": pa.array(_some(lambda n: bytes([n % 3, 255])), pa.binary(2)),
    "uuid": pa.array(_some(lambda n: uuid.UUID(int=n % 3)), pa.uuid()),
    "date32": pa.array(_some(lambda n: _DAY + datetime.timedelta(n)), pa.date32()),
    **{
        f"timestamp {unit} {zone}": pa.array(
            _some(lambda n: _NOON + datetime.timedelta(hours=n)), pa.timestamp(unit, zone)
        )
        for unit in ("ms", "us", "ns")
        for zone in (None, "UTC")
    },
    "time32": pa.array(_some(lambda n: n * 1000), pa.time32("ms")),
    "time64": pa.array(_some(lambda n: n * 1001), pa.time64("ns")),
    "duration": pa.array(_some(lambda n: n * 1001), pa.duration("us")),
    "null": pa.nulls(N_ROWS),
    "list": pa.array(_some(lambda n: [n, None])),
    "struct": pa.array(_some(lambda n: {"a": n, "b": [str(n)]})),
    "map": pa.array(_some(lambda n: [("k", n)]), pa.map_(pa.string(), pa.int64())),
}  # fmt: skip
"""A column of each type that Parquet has, with nulls."""


_PAIR = [["e\u0301", "\u00e9"][n % 2] for n in range(N_ROWS)]
ODD_COLUMNS = {
    "float16": pa.array(_some(lambda n: n / 4), pa.float16()),
    "decimal32": pa.array(_some(lambda n: Decimal(n) / 8), pa.decimal32(9, 3)),
    "decimal64": pa.array(_some(lambda n: Decimal(n) / 8), pa.decimal64(15, 3)),
    "decimal of fractions": pa.array(_some(lambda n: Decimal(n).scaleb(-38)), pa.decimal128(38, 38)),
    "unknown zone": pa.array(_some(lambda n: n * 10**6), pa.timestamp("us")).view(
        pa.timestamp("us", "Mars/Base")
    ),
    "zone of hours": pa.array(_some(lambda n: n * 10**6), pa.timestamp("us", "+05:30")),
    "years beyond 9999": pa.array(_some(lambda n: 2**62 + n), pa.timestamp("us")),
    "years before 1": pa.array(_some(lambda n: -(2**61) - n), pa.timestamp("ms")),
    "date64": pa.array(_some(lambda n: _DAY + datetime.timedelta(n)), pa.date64()),
    "negative durations": pa.array(_some(lambda n: -n), pa.duration("ns")),
    "values twice in a dictionary": pa.DictionaryArray.from_arrays(
        pa.array([n % 3 for n in range(N_ROWS)], pa.int8()), pa.array(["a", "b", "a"])
    ),
    "dictionary of nulls alone": pa.nulls(N_ROWS, pa.string()).dictionary_encode(),
    "no numbers": pa.nulls(N_ROWS, pa.float64()),
    "NaN alone": pa.array([float("nan")] * N_ROWS),
    "both infinities": pa.array([[float("inf"), float("-inf"), 1.0][n % 3] for n in range(N_ROWS)]),
    "sums that overflow": pa.array([1.7e308 * (-1) ** n for n in range(N_ROWS)]),
    "smallest doubles": pa.array([5e-324 * (n % 3) for n in range(N_ROWS)]),
    "neighbouring doubles": pa.array([1 + (n % 2) * 2**-52 for n in range(N_ROWS)]),
    "both ends of int64": pa.array([[2**63 - 1, -(2**63)][n % 2] for n in range(N_ROWS)]),
    "empty texts": pa.array(["", "a"] * (N_ROWS // 2)),
    "characters of control": pa.array(["a\0b", "\u202e<b>|\n"] * (N_ROWS // 2)),
    "two ways to write a letter": pa.array(_PAIR),
    "text view": pa.array(_TEXTS, pa.string_view()),
    "views in a struct": pa.array([{"s": "a"}] * N_ROWS, pa.struct([("s", pa.string_view())])),
    "list view": pa.array([[n] for n in range(N_ROWS)], pa.list_view(pa.int64())),
    "lists without items": pa.array([[]] * N_ROWS, pa.list_(pa.int64())),
    "extension json": pa.ExtensionArray.from_storage(pa.json_(), pa.array(["{}", "[]"] * (N_ROWS // 2))),
}  # fmt: skip
"""Columns with unusual values or types."""


def table_of(name: str) -> pa.Table:
    """Return a table of two columns: the named one, and numbers."""
    column = COLUMNS.get(name, ODD_COLUMNS.get(name))
    return pa.table({"x": pa.array([n * 0.37 % 1 for n in range(N_ROWS)]), "c": column})


_INTEGERS = pa.table({"n": pa.array(range(1000)), "m": pa.array([n % 5 for n in range(1000)])})
_STRINGS = pa.table(
    {"t": [f"text {n % 9}" for n in range(1000)], "u": [str(n) for n in range(1000)]}
)
_FLOATS = pa.table({"f": [n / 7 for n in range(1000)], "g": [float(n % 3) for n in range(1000)]})
_TRUTHS = pa.table({"a": [n % 3 == 0 for n in range(1000)], "b": [n % 2 == 0 for n in range(1000)]})


def _encoded(table: pa.Table, encoding: str) -> tuple[pa.Table, dict]:
    return table, {"use_dictionary": False, "column_encoding": encoding}


LAYOUTS: dict[str, tuple[pa.Table, dict]] = {
    **{f"compression {c}": (_INTEGERS, {"compression": c})
       for c in ("none", "snappy", "gzip", "brotli", "zstd", "lz4")},
    **{f"pages {v}": (_INTEGERS, {"data_page_version": v, "data_page_size": 64})
       for v in ("1.0", "2.0")},
    **{f"version {v}": (_INTEGERS, {"version": v}) for v in ("1.0", "2.4", "2.6")},
    "plain": _encoded(_STRINGS, "PLAIN"),
    "delta binary packed": _encoded(_INTEGERS, "DELTA_BINARY_PACKED"),
    "delta byte array": _encoded(_STRINGS, "DELTA_BYTE_ARRAY"),
    "delta length byte array": _encoded(_STRINGS, "DELTA_LENGTH_BYTE_ARRAY"),
    "byte stream split": _encoded(_FLOATS, "BYTE_STREAM_SPLIT"),
    "byte stream split of integers": _encoded(_INTEGERS, "BYTE_STREAM_SPLIT"),
    "run length": _encoded(_TRUTHS, "RLE"),
    "row groups": (_INTEGERS, {"row_group_size": 7}),
    "checksums": (_INTEGERS, {"write_page_checksum": True}),
    "page index": (_INTEGERS, {"write_page_index": True}),
    "int96": (pa.table({"t": COLUMNS["timestamp ns None"]}), {"use_deprecated_int96_timestamps": True}),
    "no rows": (_INTEGERS.slice(0, 0), {}),
    "a name with a dot": (_INTEGERS.rename_columns(["a.b", "a"]), {}),
    "a name twice": (_INTEGERS.rename_columns(["a", "a"]), {}),
}  # fmt: skip
"""Tables, and the options to write them with."""

TEXTS: dict[str, tuple[str, bytes, dict, list[dict]]] = {
    "csv": ("a.csv", b"a,b\n1,x\n,y\n", {}, [{"a": 1, "b": "x"}, {"a": None, "b": "y"}]),
    "line ends": ("a.csv", b"a,b\r\n1,x\r\n2,y", {}, [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]),
    "quotes": ("a.csv", b'a,b\n1,"x\r\n"",y"\n', {}, [{"a": 1, "b": 'x\r\n",y'}]),
    "mark": ("a.csv", b"\xef\xbb\xbfa,b\n1,x\n", {}, [{"a": 1, "b": "x"}]),
    "gzip": ("a.csv.gz", gzip.compress(b"a,b\n1,x\n"), {}, [{"a": 1, "b": "x"}]),
    "semicolons": ("a.csv", b"a;b\n1,5;x\n", {"delimiter": ";", "decimal": ","}, [{"a": 1.5, "b": "x"}]),
    "latin": ("a.csv", "a,b\n1,é\n".encode("latin-1"), {"encoding": "latin-1"}, [{"a": 1, "b": "é"}]),
    "zeros": ("a.csv", b"a,b\n00501,1\n", {}, [{"a": "00501", "b": 1}]),
    "jsonl": ("a.jsonl", b'{"a": 1, "b": "x"}\n{"b": null}\n', {}, [{"a": 1, "b": "x"}, {"a": None, "b": None}]),
    "nested": ("a.jsonl", b'{"a": [1, 2.5], "b": {"c": true}}\n', {}, [{"a": [1.0, 2.5], "b": {"c": True}}]),
}  # fmt: skip
"""Text files: name, content, options for loading, and the rows."""

FAULTY_TEXTS: dict[str, tuple[str, bytes]] = {
    "ragged": ("a.csv", b"a,b\n1\n"),
    "open quote": ("a.csv", b'a,b\n1,"x\ny\n'),
    "no UTF-8": ("a.csv", b"a,b\n1,\xff\n"),
    "other delimiter": ("a.csv", b"a;b\n1;2\n"),
    "index of pandas": ("a.csv", b",a\n0,1\n"),
    "truncated gzip": ("a.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 999)[:-9]),
    "no bytes": ("a.csv", b""),
    "array": ("a.json", b'[{"a": 1}]'),
    "null": ("a.json", b"null\n"),
    "NaN": ("a.json", b'{"a": NaN}\n'),
    "two kinds": ("a.json", b'{"a": 1}\n{"a": "x"}\n'),
    "no UTF-8 in JSON": ("a.json", b'{"a": "\xff"}\n'),
    "surrogate": ("a.json", b'{"a": "\\ud800"}\n'),
}
"""Text files that must be refused."""


def written(path: Path, table: pa.Table, options: dict) -> Path:
    """Write a table as Parquet, and return the path."""
    pq.write_table(table, path, **options)
    return path
