"""py_wheel: how attributes appear in a wheel."""

import base64
import csv
import hashlib
import os
import zipfile
from pathlib import Path

import pytest

DIST_INFO = "sample_wheel_x-1.2.0rc1.dist-info"
METADATA = """\
Metadata-Version: 2.1
Name: Sample-Wheel.x
Author: Somebody
Author-email: somebody@example.org
Home-page: https://example.org
License: Apache-2.0
Description-Content-Type: text/markdown
Summary: A wheel with every attribute.
Project-URL: Issues, https://example.org/issues
Project-URL: Source, https://example.org/source
Classifier: Typing :: Typed
Requires-Python: >=3.11
Requires-Dist: kfp<3,>=2.15
Requires-Dist: pandas[parquet]>=2; python_version >= "3.11"
Provides-Extra: dev
Requires-Dist: pytest>=8; (python_version >= "3.11") and extra == 'dev'
Version: 1.2.0rc1

# Sample

Wörds.

"""
ENTRY_POINTS = """\
[another.group]
b = sample:b

[console_scripts]
first = sample:main
second = sample.sub.module:main"""
WHEEL = """\
Wheel-Version: 1.0
Generator: bazel-wheelmaker 1.0
Root-Is-Purelib: true
Tag: py3-none-any
"""


@pytest.fixture
def wheel():
    """The wheel with every attribute."""
    with zipfile.ZipFile(os.environ["WHEEL"]) as archive:
        yield archive


def read(archive, name):
    """A text in the wheel's metadata."""
    return archive.read(f"{DIST_INFO}/{name}").decode()


def test_file_has_the_normalized_name():
    """Name and version are written as installers expect them, also in the dist folder."""
    name = "sample_wheel_x-1.2.0rc1-py3-none-any.whl"
    assert Path(os.environ["WHEEL"]).name == name
    assert os.listdir(os.environ["DIST"]) == [name]


def test_files_are_in_the_order_of_the_wheelmaker(wheel):
    """Packages come first, and RECORD comes last."""
    assert wheel.namelist() == [
        "sample/__init__.py",
        "sample/__main__.py",
        "sample/data.txt",
        "sample/sub/module.py",
        f"{DIST_INFO}/WHEEL",
        f"{DIST_INFO}/METADATA",
        f"{DIST_INFO}/entry_points.txt",
        "sample_wheel_x-1.2.0rc1.data/data/share/data.txt",
        f"{DIST_INFO}/NOTICE",
        f"{DIST_INFO}/RECORD",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [("METADATA", METADATA), ("entry_points.txt", ENTRY_POINTS), ("WHEEL", WHEEL)],
)
def test_metadata(wheel, name, text):
    """Every attribute has its field, in the order of the real wheelmaker."""
    assert read(wheel, name) == text


def test_record_names_every_file_with_its_hash(wheel):
    """RECORD itself is the only file without a hash."""
    rows = {
        name: (digest, size) for name, digest, size in csv.reader(read(wheel, "RECORD").split())
    }
    assert list(rows) == wheel.namelist()
    assert rows.pop(f"{DIST_INFO}/RECORD") == ("", "")
    for name, (digest, size) in rows.items():
        content = wheel.read(name)
        hashed = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        assert (digest, size) == (f"sha256={hashed}", str(len(content)))


def test_entries_hold_nothing_of_this_machine(wheel):
    """Times and modes are fixed, so that the same sources always give the same wheel."""
    for entry in wheel.infolist():
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        assert entry.external_attr >> 16 == 0o100777
        assert entry.compress_type == zipfile.ZIP_DEFLATED


def test_prefixes_are_stripped_then_added():
    """Only a library's direct sources are packed; a missing description becomes UNKNOWN."""
    with zipfile.ZipFile(os.environ["PREFIXED_WHEEL"]) as archive:
        assert [name for name in archive.namelist() if "dist-info" not in name] == [
            "inner/__init__.py",
            "inner/__main__.py",
            "inner/sub/module.py",
        ]
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        metadata = archive.read("prefixed-1.0.dist-info/METADATA").decode()
    assert metadata.endswith("Requires-Dist: kfp >= 2.15\nVersion: 1.0\n\nUNKNOWN\n")
