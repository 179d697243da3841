"""The test that mypy finds no errors in the workspace, and the cache that speeds it up.

With --write-cache it checks only the distributions and stores the results. They change only with
the lock, whereas the sources change with every edit: checking the distributions again would take
ten seconds, the sources take one.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from mypy import api

# The modules that the sources import; a missing one makes the test slower, not wrong.
_DISTRIBUTIONS = (
    "cyclonedx.model.bom, docker, hypothesis, kfp, kfp.compiler, kfp.dsl, kfp.kubernetes, kfp.local,"
    " mypy.api, numpy, packaging.requirements, packaging.utils, pandas, pyarrow, pyarrow.dataset, pyarrow.parquet,"
    " pytest"
)


def mypy(cache: Path, *arguments: str) -> int:
    """Run mypy, print its report, and return its exit status."""
    report, errors, status = api.run(["--config-file=mypy.ini", f"--cache-dir={cache}", *arguments])
    print(errors + report, end="")
    return status


def write_cache(out: Path) -> int:
    """Write the cache of mypy for the distributions to a tar archive."""
    with tempfile.TemporaryDirectory() as folder:
        status = mypy(Path(folder), "-c", f"import {_DISTRIBUTIONS}")
        shutil.make_archive(str(out.with_suffix("")), "tar", folder)
    return status


def check(cache: Path) -> int:
    """Check the sources, starting from the cache."""
    folder = Path(os.environ["TEST_TMPDIR"])
    shutil.unpack_archive(cache, folder, filter="data")
    return mypy(folder, ".")


def main() -> None:
    """Check the types, or write the cache."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write-cache", action="store_true")
    parser.add_argument("cache", type=Path)
    args = parser.parse_args()
    sys.exit(write_cache(args.cache) if args.write_cache else check(args.cache))


if __name__ == "__main__":
    main()
