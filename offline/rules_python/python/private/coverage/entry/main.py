"""Measures a Python test for `bazel coverage`, as rules_python's bootstrap does in its process.

The bootstrap inside Bazel 7 calls it as if it were coverage.py's own program, but that would measure
every module that is imported, and fail if the source of one is gone.

Usage: main.py run --rcfile=FILE --append --branch MAIN [ARGUMENT…]
       main.py lcov --rcfile=FILE -o OUT
"""

import os
import runpy
import sys
from pathlib import Path

# The distribution is in a repository of its own beside this one.
_RUNFILES = Path(__file__).parents[5]
sys.path += map(str, _RUNFILES.glob("*python_coverage/site-packages"))

import coverage  # noqa: E402
from coverage.exceptions import NoDataError  # noqa: E402


def instrumented_folders() -> list[str]:
    """The folders of the files that Bazel asks about."""
    lines = Path(os.environ["COVERAGE_MANIFEST"]).read_text(encoding="utf-8").splitlines()
    return sorted({os.path.dirname(os.path.realpath(line)) for line in lines if line})


def collector(rcfile: str) -> coverage.Coverage:
    """A collector whose data are in the folder that Bazel reads."""
    return coverage.Coverage(
        data_file=os.path.join(os.environ["COVERAGE_DIR"], "main.data"),
        config_file=rcfile.removeprefix("--rcfile="),
        branch=True,
        source=instrumented_folders(),
        omit=["*/external/*"],
        messages=False,
    )


def run(rcfile: str, main: str, arguments: list[str]) -> None:
    """Runs a program as `python MAIN` does, and saves what was covered."""
    sys.argv = [main, *arguments]
    sys.path[0] = os.path.dirname(main)
    measuring = collector(rcfile)
    measuring.set_option("run:disable_warnings", ["module-not-imported", "no-data-collected"])
    measuring.start()
    try:
        runpy.run_path(main, run_name="__main__")
    finally:
        measuring.stop()
        measuring.save()


def report(rcfile: str, out: str) -> None:
    """Writes what was covered in the format of lcov, if anything was."""
    measured = collector(rcfile)
    measured.load()
    try:
        measured.lcov_report(outfile=out, ignore_errors=True)
    except NoDataError:
        Path(out).unlink(missing_ok=True)


if __name__ == "__main__":
    if sys.argv[1] == "run":
        run(sys.argv[2], sys.argv[5], sys.argv[6:])
    else:
        report(sys.argv[2], sys.argv[4])
