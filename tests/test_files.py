"""Tests of kfp_component_lib.files."""

import pytest

from kfp_component_lib.errors import OutputError
from kfp_component_lib.files import replacing, replacing_all, write_text


def test_a_complete_file_is_moved_into_place(tmp_path):
    """After the block the file is in place, and nothing is left beside it."""
    with replacing(tmp_path / "out") as partial:
        partial.write_text("whole")
        assert not (tmp_path / "out").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").read_text() == "whole"


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_an_error_leaves_what_was_there(tmp_path, error):
    """After an error the old file is unchanged, and nothing is left beside it."""
    (tmp_path / "out").write_text("old")
    with pytest.raises(type(error)):
        _write_half(tmp_path / "out", error)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").read_text() == "old"


def test_an_error_before_anything_was_written(tmp_path):
    """The original error is raised, not one about a missing file."""
    with pytest.raises(OSError, match="no space"), replacing(tmp_path / "out"):
        raise OSError("no space")
    assert not list(tmp_path.iterdir())


def test_several_outputs_appear_together(tmp_path):
    """After an error in the second output, the first is not there either."""
    with pytest.raises(OSError, match="disk full"):
        _write_one_of_two([tmp_path / "a", tmp_path / "b"], OSError("disk full"))
    assert not list(tmp_path.iterdir())


def test_a_folder_can_be_an_output(tmp_path):
    """A folder is moved into place like a file."""
    with replacing(tmp_path / "model") as partial:
        partial.mkdir()
        write_text(partial / "model.json", "{}")
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["model.json"]


def test_a_folder_with_content_is_refused_before_the_work(tmp_path):
    """A folder that may hold something else is kept, and nobody waits for a training in vain."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with (
        pytest.raises(OutputError, match=r"not replace a folder with content, got .*/out'.*Remove"),
        replacing(tmp_path / "out"),
    ):
        pytest.fail("the work must not begin")
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "notes.txt"]


def test_an_empty_folder_is_replaced(tmp_path):
    """Whoever made the folder in advance gets the output in its place."""
    (tmp_path / "out").mkdir()
    with replacing(tmp_path / "out") as partial:
        partial.mkdir()
        (partial / "model.json").write_text("{}")
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "model.json"]


def test_an_unwritable_folder_is_named(tmp_path):
    """A folder that does not exist is an error that names it."""
    with pytest.raises(OSError, match="missing"):
        write_text(tmp_path / "missing" / "out", "text")


def _write_half(path, error):
    with replacing(path) as partial:
        partial.write_text("half")
        raise error


def _write_one_of_two(paths, error):
    with replacing_all(paths) as (first, second):
        first.write_text("whole")
        second.mkdir()
        raise error
