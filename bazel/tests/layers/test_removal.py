"""removal_layer on an image with python-dateutil and tzdata in opt/site."""

import os
import tarfile
from pathlib import Path

from oci_layout import Image


def test_it_takes_away_the_topmost_of_what_matches():
    """A folder is removed with everything in it; a pattern without a match is not an error."""
    with tarfile.open(os.environ["REMOVALS"]) as tar:
        names = [member.name for member in tar if member.isfile()]
    (info,) = [name for name in names if name.endswith(".dist-info")]
    assert info.startswith("opt/site/.wh.tzdata-")
    assert sorted(names) == ["opt/site/.wh.dateutil", info]


def test_the_image_is_without_it(tmp_path: Path):
    """Neither the image's file list nor the unpacked image has the files; the others remain."""
    image = Image(Path(os.environ["IMAGE"]))
    image.unpack(tmp_path)
    assert (tmp_path / "opt/site/tzdata/__init__.py").exists()
    assert not (tmp_path / "opt/site/dateutil").exists()
    assert list(tmp_path.glob("opt/site/tzdata-*.dist-info")) == []
    unpacked = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert unpacked == image.files.keys()
