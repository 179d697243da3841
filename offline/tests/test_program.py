"""py_binary: programs run as with rules_python."""

import os
import subprocess
import sys


def test_main_module_runs_as_python_does_with_m():
    """A module of a dependency can be the program, and gets the arguments."""
    result = subprocess.run(
        [os.environ["PROGRAM"], "a", "b c"], check=True, capture_output=True, text=True
    )
    assert result.stdout == "['a', 'b c']\n"


def test_interpreter_is_the_version_of_module_bazel():
    """The toolchain determines the interpreter, not the python3 on PATH."""
    assert sys.version_info[:2] == (3, 13)
