"""Tests of kfp_component_lib.files."""

import pytest

from kfp_component_lib.files import replacing


def test_a_complete_file_is_moved_into_place(tmp_path):
    """After the block the file is at its place, and nothing is left beside it."""
    with replacing(tmp_path / "out") as partial:
        partial.write_text("whole")
        assert not (tmp_path / "out").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").read_text() == "whole"


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_an_error_leaves_what_was_there(tmp_path, error):
    """After an error the old file is untouched, and nothing is left beside it."""
    (tmp_path / "out").write_text("old")
    with pytest.raises(type(error)), replacing(tmp_path / "out") as partial:
        partial.write_text("half")
        raise error
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").read_text() == "old"


def test_an_error_before_anything_was_written(tmp_path):
    """The error itself arrives, not one about a missing file."""
    with pytest.raises(OSError, match="no space"), replacing(tmp_path / "out"):
        raise OSError("no space")
    assert not list(tmp_path.iterdir())
