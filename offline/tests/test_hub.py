"""The pip hub: labels of distributions, and what is behind them."""

import os
import re
import subprocess
import zipfile
from importlib import metadata
from pathlib import Path


def test_package_is_importable_with_its_metadata():
    """A distribution's library comes with its dist-info."""
    import packaging

    assert metadata.version("packaging") == packaging.__version__


def test_requirement_finds_a_name_in_any_spelling():
    """`requirement` normalizes, and what the distribution requires comes along."""
    import dateutil
    import tzdata

    assert dateutil.__version__ == metadata.version("python-dateutil")
    assert tzdata.IANA_VERSION


def test_whl_is_the_wheel_file():
    """The file that was fetched is there: its hash is what a bill of materials names."""
    (wheel,) = os.environ["WHEELS"].split()
    version = metadata.version("packaging")
    assert Path(wheel).name == f"packaging-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        assert f"packaging-{version}.dist-info/METADATA" in archive.namelist()


def test_dist_info_holds_the_metadata():
    """The metadata can be had without the library."""
    names = {Path(path).name for path in os.environ["DIST_INFO"].split()}
    assert {"METADATA", "RECORD", "WHEEL"} <= names


def test_data_holds_the_programs():
    """What a wheel installs into bin is data, outside of site-packages."""
    (ruff,) = [path for path in os.environ["RUFF"].split() if path.endswith("/bin/ruff")]
    assert "site-packages" not in ruff
    said = subprocess.run([ruff, "--version"], check=True, capture_output=True, text=True)
    assert re.fullmatch(r"ruff \d+\.\d+\.\d+\S*\n", said.stdout)


def test_requirements_bzl_lists_the_lock():
    """The lists name packages of the hub by their canonical labels."""
    labels = os.environ["ALL"].split()
    wheels = dict(entry.split("=") for entry in os.environ["WHEEL_LABELS"].split())
    assert any(re.fullmatch(r"@@[^/]+//numpy:pkg", label) for label in labels)
    assert re.fullmatch(r"@@[^/]+//python_dateutil:whl", wheels["python_dateutil"])
    assert len(labels) == len(set(labels)) == len(wheels)
