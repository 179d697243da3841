"""The pip hub: labels of distributions, and the targets behind them."""

import os
import re
import subprocess
import zipfile
from importlib import metadata
from pathlib import Path


def test_package_is_importable_with_its_metadata():
    """The library of a distribution includes its dist-info."""
    import packaging

    assert metadata.version("packaging") == packaging.__version__


def test_requirement_finds_a_name_in_any_spelling():
    """`requirement` normalizes names, and the requirements of the distribution are included."""
    import dateutil
    import tzdata

    assert dateutil.__version__ == metadata.version("python-dateutil")
    assert tzdata.IANA_VERSION


def test_whl_is_the_wheel_file():
    """The downloaded file is available: a bill of materials states its hash."""
    (wheel,) = os.environ["WHEELS"].split()
    version = metadata.version("packaging")
    assert Path(wheel).name == f"packaging-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        assert f"packaging-{version}.dist-info/METADATA" in archive.namelist()


def test_dist_info_holds_the_metadata():
    """The metadata is available without the library."""
    names = {Path(path).name for path in os.environ["DIST_INFO"].split()}
    assert {"METADATA", "RECORD", "WHEEL"} <= names


def test_data_holds_the_programs():
    """Files that a wheel installs into bin are data, outside site-packages."""
    (ruff,) = [path for path in os.environ["RUFF"].split() if path.endswith("/bin/ruff")]
    assert "site-packages" not in ruff
    said = subprocess.run([ruff, "--version"], check=True, capture_output=True, text=True)
    assert re.fullmatch(r"ruff \d+\.\d+\.\d+\S*\n", said.stdout)


def test_requirements_bzl_lists_the_lock():
    """The lists contain the canonical labels of the hub's packages."""
    labels = os.environ["ALL"].split()
    wheels = dict(entry.split("=") for entry in os.environ["WHEEL_LABELS"].split())
    assert any(re.fullmatch(r"@@[^/]+//numpy:pkg", label) for label in labels)
    assert re.fullmatch(r"@@[^/]+//python_dateutil:whl", wheels["python_dateutil"])
    assert len(labels) == len(set(labels)) == len(wheels)
