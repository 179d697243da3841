"""Tests of kfp_component_lib.statistics.storage."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kfp_component_lib.errors import DataError
from kfp_component_lib.statistics.columns import profile_rows
from kfp_component_lib.statistics.storage import read_profile, write_profile
from kfp_component_lib.tables.reading import open_table


@pytest.fixture
def profile(tmp_path):
    """The profile of columns of each kind, one of which exceeds every limit."""
    rng = np.random.default_rng(0)
    columns = {
        "x": pa.array([None, float("nan"), float("inf"), *rng.standard_normal(19_997)]),
        "text": pa.array([f"ä{n}" for n in range(20_000)]),
        "few": pa.array(["a", None] * 10_000),
        "time": pa.array(range(20_000), pa.timestamp("ns", "UTC")),
        "list": pa.array([[1], None] * 10_000),
    }
    table = pa.Table.from_arrays([*columns.values(), columns["x"]], [*columns, "x"])
    pq.write_table(table, tmp_path / "data")
    return profile_rows(open_table(tmp_path / "data"))


def test_what_was_written_is_read(tmp_path, profile):
    """Rows, columns, types and every statistic are read as they were written."""
    write_profile(profile, tmp_path / "profile")
    found = read_profile(tmp_path / "profile", "merge_profiles.profiles")
    assert found.rows == profile.rows
    assert [c.summary() for c in found.columns] == [c.summary() for c in profile.columns]
    assert [c.arrow_type for c in found.columns] == [c.arrow_type for c in profile.columns]


def test_what_was_read_can_be_merged(tmp_path, profile):
    """A file is equivalent to the profile from which it was written."""
    write_profile(profile, tmp_path / "profile")
    both = [read_profile(tmp_path / "profile", "a.b") for _ in range(2)]
    both[0].merge(both[1])
    profile.merge(read_profile(tmp_path / "profile", "a.b"))
    assert [c.summary() for c in both[0].columns] == [c.summary() for c in profile.columns]


def test_one_profile_has_one_content(tmp_path, profile):
    """The bytes do not depend on when and where the profile was written."""
    for name in "ab":
        write_profile(profile, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_table_is_no_profile(tmp_path, profile):
    """Another Parquet file is refused with the name of the input and with advice."""
    message = (
        r"merge_profiles\.profiles must be a profile, got .* Take profile_out of profile_dataset"
    )
    with pytest.raises(DataError, match=message):
        read_profile(tmp_path / "data", "merge_profiles.profiles")
