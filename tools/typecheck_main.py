"""The test that mypy finds nothing in the workspace, and the cache that speeds it up.

With --write-cache it looks at the distributions alone and keeps what it learned of them. They
change with the lock, the sources with every edit: reading the distributions anew takes ten
seconds, the sources one.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from mypy import api

# What the sources import; one that is missing here costs time, no correctness.
_DISTRIBUTIONS = (
    "cyclonedx.model.bom, docker, hypothesis, kfp, kfp.compiler, kfp.dsl, kfp.kubernetes, kfp.local,"
    " mypy.api, numpy, packaging.requirements, packaging.utils, pandas, pyarrow, pyarrow.dataset, pyarrow.parquet,"
    " pytest"
)


def mypy(cache: Path, *arguments: str) -> int:
    """Run mypy, print what it found, and return its exit status."""
    report, errors, status = api.run(["--config-file=mypy.ini", f"--cache-dir={cache}", *arguments])
    print(errors + report, end="")
    return status


def write_cache(out: Path) -> int:
    """Write what mypy learns of the distributions to a tar archive."""
    with tempfile.TemporaryDirectory() as folder:
        status = mypy(Path(folder), "-c", f"import {_DISTRIBUTIONS}")
        shutil.make_archive(str(out.with_suffix("")), "tar", folder)
    return status


def check(cache: Path) -> int:
    """Check the sources, on top of what the cache holds."""
    folder = Path(os.environ["TEST_TMPDIR"])
    shutil.unpack_archive(cache, folder, filter="data")
    return mypy(folder, ".")


def main() -> None:
    """Check types, or prepare to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write-cache", action="store_true")
    parser.add_argument("cache", type=Path)
    args = parser.parse_args()
    sys.exit(write_cache(args.cache) if args.write_cache else check(args.cache))


if __name__ == "__main__":
    main()
