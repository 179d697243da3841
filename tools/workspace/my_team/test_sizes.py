"""Tests of my_team.sizes."""

import pytest

from my_team.sizes import describe_size


@pytest.mark.parametrize(("length", "words"), [(0, "0 Bytes"), (1, "1 Byte"), (1500, "1.5 kB")])
def test_the_size_of_a_file(tmp_path, length, words):
    """A size is a number with a unit."""
    (tmp_path / "file").write_bytes(bytes(length))
    assert describe_size(tmp_path / "file") == words


def test_the_size_of_a_folder(tmp_path):
    """A folder is as large as all files in it."""
    (tmp_path / "inner").mkdir()
    for file in ("one", "inner/other"):
        (tmp_path / file).write_bytes(bytes(500))
    assert describe_size(tmp_path) == "1.0 kB"


def test_a_missing_file(tmp_path):
    """A file that is not there has no size."""
    with pytest.raises(FileNotFoundError):
        describe_size(tmp_path / "missing")
