"""Tests of kfp_component_lib.tables.type_names."""

import pyarrow as pa
import pytest

from kfp_component_lib.errors import DataError
from kfp_component_lib.tables.type_names import arrow_type, is_what


@pytest.mark.parametrize(
    "kind",
    [
        pa.int8(), pa.float64(), pa.string(), pa.large_string(), pa.bool_(), pa.date32(),
        pa.timestamp("us"), pa.timestamp("ns", "UTC"), pa.timestamp("s", "+02:00"), pa.time32("s"),
        pa.duration("ms"), pa.decimal128(10, 2), pa.decimal256(50, 3), pa.binary(), pa.binary(16),
    ],
    ids=str,
)  # fmt: skip
def test_what_arrow_calls_a_type_is_its_name(kind):
    """Each type can be written as Arrow shows it."""
    assert arrow_type(str(kind), "f") == kind


@pytest.mark.parametrize("name", ["strong", "", "decimal128(99, 2)", "timestamp[h]", 5, None])
def test_other_names_are_refused(name):
    """An unknown name is refused with examples of valid names."""
    with pytest.raises(DataError, match=r"f must be the name of an Arrow type, got .* int64"):
        arrow_type(name, "f")


_TEXTS = pa.dictionary(pa.int32(), pa.string())


@pytest.mark.parametrize(
    ("found", "wanted", "fits"),
    [
        (pa.float64(), "float64", True),
        (pa.float64(), "double", True),
        (pa.string(), "utf8", True),
        (pa.large_string(), "string", True),
        (pa.string_view(), "string", True),
        (_TEXTS, "string", True),
        (pa.string(), "large_string", True),
        (pa.binary(16), "binary", True),
        (pa.uuid(), "binary", True),
        (pa.int32(), "integer", True),
        (pa.uint64(), "integer", True),
        (pa.float32(), "integer", False),
        (pa.decimal128(5, 1), "number", True),
        (pa.int32(), "int64", True),
        (pa.int64(), "int32", False),
        (pa.uint32(), "int64", True),
        (pa.uint64(), "int64", False),
        (pa.int8(), "uint8", False),
        (pa.float32(), "float64", True),
        (pa.float64(), "float32", False),
        (pa.int64(), "float64", False),
        (pa.decimal128(10, 2), "decimal128(12, 4)", True),
        (pa.decimal128(10, 2), "decimal128(10, 4)", False),
        (pa.timestamp("ns"), "timestamp[s]", True),
        (pa.timestamp("ns"), "timestamp", True),
        (pa.timestamp("ns", "UTC"), "timestamp[ns]", False),
        (pa.date64(), "date32", True),
        (pa.date32(), "date", True),
        (pa.date32(), "timestamp[s]", False),
        (pa.string(), "int64", False),
        (pa.list_(pa.int8()), "list<element: int8>", False),
        (pa.list_(pa.int8()), str(pa.list_(pa.int8())), True),
    ],
)
def test_a_type_is_what_it_holds(found, wanted, fits):
    """Unit, width (if all values fit), dictionary and offsets do not matter."""
    if wanted == "list<element: int8>":
        with pytest.raises(DataError, match="be the name of an Arrow type"):
            is_what(found, wanted, "f")
    else:
        assert is_what(found, wanted, "f") == fits
