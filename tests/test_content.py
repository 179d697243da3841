"""Tests of kfp_component_lib.content."""

import hashlib
import os

import pytest

from kfp_component_lib.content import check_content, content_digest, copy_content
from kfp_component_lib.errors import DataError


def _folder(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_file_has_the_digest_that_tools_show(tmp_path):
    """The digest of a file is the SHA-256 of its bytes; time and name do not matter."""
    (tmp_path / "a").write_bytes(b"x,y\n1,2\n")
    os.utime(tmp_path / "a", (0, 0))
    expected = "sha256:" + hashlib.sha256(b"x,y\n1,2\n").hexdigest()
    assert content_digest(tmp_path / "a", "it.data") == expected


def test_a_folder_is_its_files(tmp_path):
    """The folder's name, the order of creation and empty folders do not matter."""
    one = _folder(tmp_path / "one", {"a": "1", "deep/b": "2"})
    other = _folder(tmp_path / "other", {"deep/b": "2", "a": "1"})
    (other / "empty").mkdir()
    assert content_digest(one, "it.data") == content_digest(other, "it.data")


@pytest.mark.parametrize(
    "files",
    [
        {"a": "1", "deep/b": "3"},
        {"a": "1", "deep/c": "2"},
        {"a": "1", "b": "2"},
        {"a": "1"},
        {"a": "1deep", "b": "2"},
        {"a": "1", "deep/b": "2", "c": ""},
    ],
)
def test_another_folder_has_another_digest(tmp_path, files):
    """A changed byte, or a renamed, moved, added or removed file, changes the digest."""
    one = _folder(tmp_path / "one", {"a": "1", "deep/b": "2"})
    other = _folder(tmp_path / "other", files)
    assert content_digest(one, "it.data") != content_digest(other, "it.data")


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_nothing_has_no_digest(tmp_path, make):
    """A file that the launcher did not find is not an empty dataset."""
    make(tmp_path / "gone")
    with pytest.raises(DataError) as error:
        content_digest(tmp_path / "gone", "digest_artifact.data", "s3://bucket/gone")
    assert str(error.value) == (
        "digest_artifact.data must be a file or a folder that holds files, got 's3://bucket/gone'. "
        "Check the address, and that the task has permission to read it."
    )


def test_other_content_is_refused(tmp_path):
    """If the content has changed since its digest was taken, the error says so."""
    (tmp_path / "a").write_text("old")
    digest = content_digest(tmp_path / "a", "it.data")
    check_content(tmp_path / "a", digest, "it.data")
    (tmp_path / "a").write_text("new")
    with pytest.raises(DataError, match=f"must have the content with the digest {digest}") as error:
        check_content(tmp_path / "a", digest, "it.data", "gs://b/a")
    assert "'gs://b/a' has changed since its digest was taken: start a new run." in str(error.value)


@pytest.mark.parametrize("files", [None, {"model.json": "{}", "deep/numbers": "1"}])
def test_a_copy_is_what_was_announced(tmp_path, files):
    """A file or a folder is copied completely; nothing is left of other content."""
    source = tmp_path / "model"
    if files:
        _folder(source, files)
    else:
        source.write_text("{}")
    digest = content_digest(source, "it.model")
    copy_content(source, tmp_path / "out", digest, "it.model")
    assert content_digest(tmp_path / "out", "it.model") == digest
    with pytest.raises(DataError, match=r"it\.model must have the content"):
        copy_content(source, tmp_path / "other", digest[:-1] + "x", "it.model")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "out"]
