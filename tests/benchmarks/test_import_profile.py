"""Where the time of a command goes, by what Python writes about its imports."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.import_profile import ImportProfile, read_profile

WRITTEN = """\
import time: self [us] | cumulative | imported package
import time:       500 |        500 | _io
import time:      1500 |       2000 |   encodings.aliases
[KFP Executor 2000-01-02 INFO]: Looking for component
import time:     40000 |      40000 |   numpy
import time:     20000 |      60000 |   pyarrow.lib
import time:     41000 |     101000 | pyarrow
import time:       400 |        400 | small
"""


def test_modules_are_added_up_by_package():
    """A package includes its modules, and the standard library is one; other lines are ignored."""
    packages = read_profile(0.184, WRITTEN).packages
    assert packages == pytest.approx(
        {"the standard library": 0.002, "numpy": 0.04, "pyarrow": 0.061, "small": 0.0004}
    )


def test_the_sentence_names_the_largest_part_first():
    """What is not an import completes the sum; parts below a millisecond are left out."""
    assert read_profile(0.184, WRITTEN).sentence == (
        "of 184 ms: everything that is not an import 81 ms, pyarrow 61 ms, numpy 40 ms, "
        "the standard library 2 ms"
    )


def test_an_empty_profile_is_an_error():
    """A Python that ignores its environment must not look like one that imports nothing."""
    with pytest.raises(ValueError, match=r"stderr must contain lines .* got 'No such file'\."):
        read_profile(0.1, "No such file")


def test_python_writes_what_is_read(tmp_path: Path):
    """The interpreter of this project writes the format that is read here."""
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(0.05)\n", encoding="utf-8")
    environment = os.environ | {"PYTHONPROFILEIMPORTTIME": "1", "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", "import slow"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    packages = read_profile(1.0, done.stderr).packages
    assert 0.05 <= packages["slow"] < 1
    assert packages["the standard library"] > 0


def test_long_times_are_shown_in_seconds():
    """A command that takes seconds is not shown in thousands of milliseconds."""
    assert ImportProfile(21.14, {"pip": 0.326}).sentence == (
        "of 21.1 s: everything that is not an import 20.8 s, pip 326 ms"
    )


def test_parts_of_the_same_size_keep_their_order():
    """The sentence is the same in every run of the same numbers."""
    profile = ImportProfile(0.004, {"b": 0.002, "a": 0.002})
    assert profile.sentence == "of 4 ms: b 2 ms, a 2 ms"
